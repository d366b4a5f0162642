#[memopt::streamed]
const fn f() -> Vec<u8> {
    let out = Vec::new();
    out
}

fn main() {
    drop(f());
}
