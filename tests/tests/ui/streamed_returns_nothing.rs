#[memopt::streamed]
fn f() {}

fn main() {
    f();
}
