#[memopt::track_alloc(all)]
impl<const N: usize> Make for Parser<{ N }> {
    const LIMIT: usize = { 3 };

    fn make(self: Box<Self>) -> ! {
        loop {}
    }

    #[track_alloc(skip)]
    fn skipped(&self) {}

    #[memopt::track_alloc(name = "other")]
    unsafe extern "C" fn renamed(&self) {}

    const fn constant() {}
}
