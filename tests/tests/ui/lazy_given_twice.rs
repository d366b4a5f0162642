#[memopt::lazy_load]
struct Doc {
    #[lazy(load = Self::read)]
    #[lazy(async)]
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
