#[memopt::track_alloc]
enum Kind {
    One,
}

fn main() {
    let _ = Kind::One;
}
