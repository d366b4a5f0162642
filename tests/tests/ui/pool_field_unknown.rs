#[derive(memopt::remedy::Pooled)]
struct Frame {
    #[pool(kep)]
    port: u16,
}

fn main() {
    let _ = Frame { port: 1 };
}
