#[derive(memopt::remedy::MemSize)]
#[mem_size(skip)]
struct Page {
    text: String,
}

fn main() {}
