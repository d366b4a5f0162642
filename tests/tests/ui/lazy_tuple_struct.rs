#[memopt::lazy_load]
struct Doc(#[lazy(load = Self::read)] Vec<u8>);

impl Doc {
    fn read(&self) -> Vec<u8> {
        Vec::new()
    }
}

fn main() {
    drop(Doc(Vec::new()).read());
}
