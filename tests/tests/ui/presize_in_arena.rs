#[memopt::arena]
fn count() -> usize {
    #[presize]
    let mut rows = Vec::new();
    rows.push(1);
    rows.len()
}

fn main() {
    count();
}
