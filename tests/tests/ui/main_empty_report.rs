#[memopt::main(report = "")]
fn main() {}
