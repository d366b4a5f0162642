#[memopt::streamed]
struct Rows;

fn main() {
    let _ = Rows;
}
