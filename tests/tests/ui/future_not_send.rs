fn spawn(_: impl Future<Output = ()> + Send + 'static) {}

#[memopt::track_alloc]
async fn parse() {
    let shared = std::rc::Rc::new(1);
    std::future::ready(()).await;
    drop(shared);
}

fn main() {
    spawn(parse());
}
