struct Image;

#[derive(memopt::MemSize)]
struct Page {
    image: Image,
}

fn main() {}
