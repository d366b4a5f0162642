#[memopt::streamed]
fn f() -> Vec<u8> {
    let mut out = Vec::new();
    out.push(1);
    out.sort_unstable();
    out
}

fn main() {
    drop(f());
}
