#[derive(Default)]
struct Rows;

#[memopt::track_alloc]
fn rows() -> Rows {
    #[presize]
    let rows = Rows::default();
    rows
}

fn main() {
    rows();
}
