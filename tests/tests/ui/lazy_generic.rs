#[memopt::lazy_load]
fn dictionary<T: Default>() -> T {
    T::default()
}

fn main() {
    dictionary::<u8>();
}
