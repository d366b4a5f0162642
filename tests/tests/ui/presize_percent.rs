#[memopt::track_alloc]
fn rows() -> Vec<u8> {
    #[presize(percentile = 101)]
    let rows = Vec::new();
    rows
}

fn main() {
    rows();
}
