struct Image;

#[derive(memopt::remedy::MemSize)]
struct Page {
    image: Image,
}

fn main() {}
