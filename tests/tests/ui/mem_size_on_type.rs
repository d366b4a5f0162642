#[derive(memopt::MemSize)]
#[mem_size(skip)]
struct Page {
    text: String,
}

fn main() {}
