#[derive(memopt::remedy::MemSize)]
struct Page {
    #[mem_size(skip)]
    #[mem_size(with = walk)]
    text: String,
}

fn main() {}
