#[memopt::track_alloc]
static NAMES: [&str; 1] = ["one"];

fn main() {
    let _ = NAMES;
}
