#[memopt::track_alloc]
struct Record {
    x: u8,
}

fn main() {
    let _ = Record { x: 1 }.x;
}
