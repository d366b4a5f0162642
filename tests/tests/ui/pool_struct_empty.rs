#[derive(memopt::remedy::Pooled)]
#[pool]
struct Frame(u8);

fn main() {
    let _ = Frame(1);
}
