#[memopt::test(max_allocs <= 3)]
fn parses() {}

fn main() {}
