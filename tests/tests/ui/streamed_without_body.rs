trait Rows {
    #[memopt::streamed]
    fn rows(&self) -> Vec<u8>;
}

impl Rows for u8 {
    fn rows(&self) -> Vec<u8> {
        vec![*self]
    }
}

fn main() {
    drop(1.rows());
}
