#[derive(memopt::remedy::Pooled)]
struct Frame {
    #[pool(keep, reset = 1)]
    port: u16,
}

fn main() {
    let _ = Frame { port: 1 };
}
