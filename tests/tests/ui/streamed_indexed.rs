#[memopt::streamed]
fn f() -> Vec<u8> {
    let mut out = Vec::new();
    out.push(1);
    out.push(out[0]);
    out
}

fn main() {
    drop(f());
}
