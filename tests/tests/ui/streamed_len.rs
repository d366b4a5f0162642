#[memopt::streamed]
fn f() -> Vec<u8> {
    let mut out = Vec::new();
    out.push(1);
    if out.len() > 3 {
        return out;
    }
    out
}

fn main() {
    drop(f());
}
