struct Page;

#[memopt::lazy_load(max_bytes = "1 MiB")]
fn page(_id: u64) -> Page {
    Page
}

fn main() {
    page(1);
}
