#[memopt::pooled]
fn parse() -> usize {
    #[pool]
    let (a, b) = (String::new(), String::new());
    a.len() + b.len()
}

fn main() {
    parse();
}
