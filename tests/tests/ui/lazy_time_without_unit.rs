#[memopt::lazy_load(idle = "30")]
fn dictionary() -> u8 {
    1
}

fn main() {
    dictionary();
}
