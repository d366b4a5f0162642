#[memopt::streamed]
#[memopt::streamed]
fn f() -> Vec<u8> {
    let mut out = Vec::new();
    out.push(1);
    out
}

fn main() {
    drop(f());
}
