#[derive(memopt::remedy::MemSize)]
struct Page {
    #[mem_size(skip, with = walk)]
    text: String,
}

fn main() {}
