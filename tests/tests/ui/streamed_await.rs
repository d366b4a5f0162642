#[memopt::streamed]
fn f() -> Vec<u8> {
    let mut out = Vec::new();
    out.push(std::future::ready(1).await);
    out
}

fn main() {
    drop(f());
}
