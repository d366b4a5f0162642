#[memopt::lazy_load]
struct Doc {
    #[lazy]
    body: Vec<u8>,
}

fn main() {
    drop(Doc { body: Vec::new() }.body);
}
