#[memopt::track_alloc]
fn rows() -> Vec<u8> {
    #[presize]
    let (rows, _) = (Vec::new(), 1);
    rows
}

fn main() {
    rows();
}
