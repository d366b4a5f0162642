#[memopt::streamed]
fn f() -> Vec<u8> {
    let mut out = Vec::new();
    out.push(2);
    if true {
        let other = out;
        return other;
    }
    out
}

fn main() {
    drop(f());
}
