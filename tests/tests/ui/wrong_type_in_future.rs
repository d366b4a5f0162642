#[memopt::track_alloc]
fn parse() -> std::pin::Pin<Box<dyn Future<Output = u8>>> {
    Box::pin(async move { "one" })
}

fn main() {
    drop(parse());
}
