#[memopt::track_alloc]
fn parse() -> u8 {
    "one"
}

fn main() {
    parse();
}
