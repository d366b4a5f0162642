#[memopt::lazy_load]
fn page(name: &str) -> String {
    name.to_owned()
}

fn main() {
    page("x");
}
