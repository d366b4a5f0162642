#[memopt::track_alloc]
fn rows() -> Vec<u8> {
    #[presize]
    let rows: Vec<u8>;
    rows = Vec::new();
    rows
}

fn main() {
    rows();
}
