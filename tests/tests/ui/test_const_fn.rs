#[memopt::test]
const fn parses() {}

fn main() {}
