#[memopt::test(no_leaks = true)]
fn parses() {}

fn main() {}
