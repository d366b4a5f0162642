#[memopt::main(reprot = "text")]
fn main() {}
