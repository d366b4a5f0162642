#[memopt::pooled(max_idle = "many")]
struct Frame(u8);

fn main() {
    let _ = Frame(1);
}
