struct Doc;

impl Doc {
    #[memopt::lazy_load]
    fn body(&self) -> u8 {
        1
    }
}

fn main() {
    Doc.body();
}
