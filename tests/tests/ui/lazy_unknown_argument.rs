#[memopt::lazy_load]
struct Doc {
    #[lazy(loader = Self::read)]
    body: Vec<u8>,
}

impl Doc {
    fn read(&self) -> Vec<u8> {
        self.body.clone()
    }
}

fn main() {
    drop(Doc { body: Vec::new() }.read());
}
