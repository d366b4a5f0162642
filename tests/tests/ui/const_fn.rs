#[memopt::track_alloc]
const fn zero() -> u8 {
    0
}

fn main() {
    zero();
}
