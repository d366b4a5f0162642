//! A byte is not divided.

#[memopt::pooled(max_bytes = "1.5 B")]
struct Frame {
    body: Vec<u8>,
}

fn main() {}
