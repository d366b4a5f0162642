#[memopt::streamed]
fn f() -> Vec<u8> {
    let mut out = Vec::new();
    out.push(1);
    for row in &out {
        println!("{row}");
    }
    out
}

fn main() {
    drop(f());
}
