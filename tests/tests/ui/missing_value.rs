#[memopt::track_alloc]
fn parse(x: u8) -> u8 {
    let _y = x + 1;
}

fn main() {
    parse(1);
}
