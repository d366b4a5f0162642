#[memopt::streamed]
fn f() -> Vec<u8> {
    make()
}

fn make() -> Vec<u8> {
    vec![1]
}

fn main() {
    drop(f());
}
