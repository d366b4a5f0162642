#[memopt::streamed]
fn f() -> Vec<u8> {
    let mut out = Vec::new();
    (0..3).for_each(|x| out.push(x));
    out
}

fn main() {
    drop(f());
}
