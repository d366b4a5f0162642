#[memopt::streamed]
fn f() -> Vec<u8> {
    let mut out = Vec::new();
    out.push("one");
    out
}

fn main() {
    drop(f());
}
