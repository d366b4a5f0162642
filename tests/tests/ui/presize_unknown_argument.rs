#[memopt::track_alloc]
fn rows() -> Vec<u8> {
    #[presize(percentil = 90)]
    let rows = Vec::new();
    rows
}

fn main() {
    rows();
}
