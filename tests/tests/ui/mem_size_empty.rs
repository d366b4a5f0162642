#[derive(memopt::remedy::MemSize)]
struct Page {
    #[mem_size]
    text: String,
}

fn main() {}
