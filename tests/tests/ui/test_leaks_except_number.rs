//! Sites are named by strings.

#[memopt::test(no_leaks(except(cache)))]
fn reads() {}

fn main() {}
