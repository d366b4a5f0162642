#[derive(memopt::MemSize)]
union Bits {
    int: u32,
    float: f32,
}

fn main() {
    memopt::MemSize::mem_size(&Bits { int: 1 });
}
