#[memopt::pooled]
fn parse() -> usize {
    #[pool]
    let buffer = String::new() else { return 0 };
    buffer.len()
}

fn main() {
    parse();
}
