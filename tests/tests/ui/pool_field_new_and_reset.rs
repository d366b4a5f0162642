#[derive(memopt::remedy::Pooled)]
struct Frame {
    #[pool(new = 1, reset = 2)]
    port: u16,
}

fn main() {
    let _ = Frame { port: 1 };
}
