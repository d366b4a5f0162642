#[memopt::pooled]
const fn parse() -> usize {
    #[pool]
    let buffer: Vec<u8> = Vec::new();
    buffer.len()
}

fn main() {
    parse();
}
