#[memopt::track_alloc]
fn rows() -> Vec<u8> {
    #[presize]
    let rows = vec![1, 2];
    rows
}

fn main() {
    rows();
}
