use memopt::remedy::Pooled;

struct Buffer {
    #[pool(skip)]
    bytes: Vec<u8>,
}

fn main() {
    drop(Buffer { bytes: Vec::new() });
}
