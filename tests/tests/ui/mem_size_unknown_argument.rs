#[derive(memopt::remedy::MemSize)]
struct Page {
    #[mem_size(skipp)]
    text: String,
}

fn main() {}
