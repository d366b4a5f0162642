#[memopt::track_alloc]
fn call<'a>(&'a self) -> Pin<Box<dyn Future<Output = u8> + Send + 'a>> {
    let copy = self.copy();
    Box::pin(async move { copy.run().await })
}
