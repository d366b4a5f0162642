#[memopt::lazy_load(idle = "30s")]
struct Doc {
    #[lazy(load = Self::read)]
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
