#[memopt::lazy_load]
fn page(id: u64) {
    drop(id);
}

fn main() {
    page(1);
}
