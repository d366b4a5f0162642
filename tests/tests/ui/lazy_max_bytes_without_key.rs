#[memopt::lazy_load(max_bytes = "1 MiB")]
fn dictionary() -> Vec<u8> {
    Vec::new()
}

fn main() {
    dictionary();
}
