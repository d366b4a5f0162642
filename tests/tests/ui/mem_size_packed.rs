#[derive(memopt::remedy::MemSize)]
#[repr(C, packed(2))]
struct Header {
    tag: u8,
    len: u32,
}

fn main() {}
