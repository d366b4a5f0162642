#[memopt::track_alloc(crate = "memopt")]
fn parse() {}

fn main() {}
