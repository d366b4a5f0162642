#[memopt::lazy_load]
fn page() -> impl Iterator<Item = u8> {
    0..1
}

fn main() {
    page();
}
