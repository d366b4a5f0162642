//! `Mb` are bits.

#[memopt::test(max_bytes = "4 Mb")]
fn reads() {}

fn main() {}
