struct Frame;

#[memopt::pooled]
impl Frame {}

fn main() {
    let _ = Frame;
}
