#[memopt::streamed]
fn f() -> Vec<u8> {
    let mut out = Vec::new();
    out.push(1);
    println!("{out:?}");
    out
}

fn main() {
    drop(f());
}
