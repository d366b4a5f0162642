#[memopt::pooled(max_idel = 64)]
struct Frame(u8);

fn main() {
    let _ = Frame(1);
}
