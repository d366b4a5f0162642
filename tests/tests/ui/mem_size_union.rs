#[derive(memopt::remedy::MemSize)]
union Bits {
    int: u32,
    float: f32,
}

fn main() {
    memopt::remedy::MemSize::mem_size(&Bits { int: 1 });
}
