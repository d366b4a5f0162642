#[memopt::track_alloc(all)]
fn parse() {}

fn main() {}
