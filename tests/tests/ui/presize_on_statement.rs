#[memopt::track_alloc]
fn rows() -> usize {
    let rows = Vec::<u8>::new();
    #[presize]
    rows.len()
}

fn main() {
    rows();
}
