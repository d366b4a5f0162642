#[memopt::streamed]
fn f() -> Option<Vec<u8>> {
    let mut out = Vec::new();
    out.push(2);
    Some(out)
}

fn main() {
    drop(f());
}
