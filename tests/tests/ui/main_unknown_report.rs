#[memopt::main(report = "txt,json,findings,heap:heap.gz")]
fn main() {}
