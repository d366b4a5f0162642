#[memopt::test(max_alloc = 3)]
fn parses() {}

fn main() {}
