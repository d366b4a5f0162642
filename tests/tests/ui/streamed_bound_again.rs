#[memopt::streamed]
fn f() -> Vec<u8> {
    let mut out = Vec::new();
    for out in 0..3 {
        println!("{}", u8::MAX - out);
    }
    out.push(1);
    out
}

fn main() {
    drop(f());
}
