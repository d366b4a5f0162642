#[memopt::lazy_load]
fn page((a, b): (u8, u8)) -> u8 {
    a + b
}

fn main() {
    page((1, 2));
}
