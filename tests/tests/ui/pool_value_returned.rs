#[memopt::pooled]
fn parse() -> Vec<u8> {
    #[pool]
    let mut buffer = Vec::new();
    buffer.push(1);
    buffer
}

fn main() {
    parse();
}
