#[memopt::track_alloc]
mod room {
    #![allow(dead_code)]
    use super::{a, b};

    struct Sized<const N: usize = { 3 }>([u8; N]);

    fn inner() {
        #![allow(unused)]
        fn nested() {}
    }

    #[track_alloc(skip)]
    mod left {
        fn alone() {}
    }

    mod file;
}
