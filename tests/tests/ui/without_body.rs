trait Make {
    #[memopt::track_alloc]
    fn make(&self) -> u8;
}

impl Make for () {
    fn make(&self) -> u8 {
        1
    }
}

fn main() {
    ().make();
}
