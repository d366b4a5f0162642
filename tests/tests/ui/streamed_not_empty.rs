#[memopt::streamed]
fn f() -> Vec<u8> {
    let mut out = vec![1];
    out.push(2);
    out
}

fn main() {
    drop(f());
}
