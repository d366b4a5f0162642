#[memopt::streamed]
async fn f() -> Vec<u8> {
    let mut out = Vec::new();
    async { out.push(1) }.await;
    out
}

fn main() {
    drop(f());
}
