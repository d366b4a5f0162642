#[memopt::test]
async fn parses() {}

fn main() {}
