fn spawn(_: impl Future<Output = ()> + Send + 'static) {}

fn main() {
    spawn(async {
        let _scope = memopt::scope!("decode");
        std::future::ready(()).await;
    });
}
