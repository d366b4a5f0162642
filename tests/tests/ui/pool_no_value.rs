#[memopt::pooled]
fn parse() -> usize {
    #[pool]
    let buffer: Vec<u8>;
    buffer = Vec::new();
    buffer.len()
}

fn main() {
    parse();
}
