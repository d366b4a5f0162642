#[memopt::test]
mod tests {}

fn main() {}
