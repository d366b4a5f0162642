struct Doc;

#[memopt::lazy_load]
impl Doc {
    fn body() -> u8 {
        1
    }
}

fn main() {
    Doc::body();
}
