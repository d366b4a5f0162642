//! The argument has a new name.

#[memopt::arena(magazine)]
fn pump() {}

fn main() {
    pump();
}
