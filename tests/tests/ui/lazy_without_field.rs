#[memopt::lazy_load]
struct Doc {
    body: Vec<u8>,
}

fn main() {
    drop(Doc { body: Vec::new() }.body);
}
