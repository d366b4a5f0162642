#[memopt::pooled]
fn parse() -> usize {
    let buffer: Vec<u8> = Vec::new();
    buffer.len()
}

fn main() {
    parse();
}
