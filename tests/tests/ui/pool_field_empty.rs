#[memopt::pooled]
struct Frame {
    #[pool]
    port: u16,
}

fn main() {
    let _ = Frame { port: 1 };
}
