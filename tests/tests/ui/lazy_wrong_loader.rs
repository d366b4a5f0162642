#[memopt::lazy_load]
struct Doc {
    #[lazy(load = Self::read)]
    body: Vec<u8>,
}

impl Doc {
    fn read(&self) -> String {
        String::new()
    }
}

fn main() {
    drop(Doc { body: memopt::remedy::Lazy::new() }.body());
}
