#[memopt::lazy_load]
const fn page() -> u8 {
    1
}

fn main() {
    page();
}
