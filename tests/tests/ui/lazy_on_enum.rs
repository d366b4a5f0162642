#[memopt::lazy_load]
enum Doc {
    Body(Vec<u8>),
}

fn main() {
    drop(Doc::Body(Vec::new()));
}
