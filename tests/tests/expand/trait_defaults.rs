#[memopt::track_alloc]
pub trait Make: Sized {
    fn required(&self) -> u8;
    fn provided(&self) -> u8 {
        self.required()
    }
}
