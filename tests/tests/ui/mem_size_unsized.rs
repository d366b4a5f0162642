#[derive(memopt::remedy::MemSize)]
struct Tail {
    len: u8,
    body: [u8],
}

fn main() {}
