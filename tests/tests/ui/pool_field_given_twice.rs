#[memopt::pooled]
struct Frame {
    #[pool(keep)]
    #[pool(skip)]
    port: u16,
}

fn main() {
    let _ = Frame { port: 1 };
}
