#[memopt::pooled]
fn parse() -> usize {
    #[pool]
    let buffer = vec![0u8; 4096];
    buffer.len()
}

fn main() {
    parse();
}
