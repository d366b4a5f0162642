#[derive(MemSize)]
enum Never {}
