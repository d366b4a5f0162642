#[memopt::streamed]
fn f() -> Vec<u8> {
    let mut out = Vec::new();
    fill(&mut out);
    out
}

fn fill(out: &mut Vec<u8>) {
    out.push(1);
}

fn main() {
    drop(f());
}
