//! Annotated code under clippy's strictest groups: `cargo clippy --all-targets` checks it, and nothing here is allowed.

#![deny(warnings, clippy::pedantic, clippy::nursery)]

use std::pin::Pin;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// An item behind statements, which clippy forbids only where the user put them there.
#[memopt::track_alloc]
fn items() -> u8 {
    use std::iter::once;
    const ONE: u8 = 1;
    const fn two() -> u8 {
        2
    }
    once(ONE).chain(once(two())).sum()
}

#[memopt::track_alloc(
    name = "all four",
    budget(allocs <= 1, bytes <= "1 KiB", peak <= "1 KiB", retained <= "1 KiB")
)]
fn all_limits() -> String {
    String::from("one")
}

#[memopt::track_alloc]
async fn only_awaits() -> u8 {
    nothing().await;
    value().await
}

#[memopt::track_alloc]
async fn nothing() {}

#[memopt::track_alloc]
async fn returns_early(x: u8) -> Option<u8> {
    if x == 0 {
        return None;
    }
    let x = value().await.checked_sub(x)?;
    Some(x)
}

#[memopt::track_alloc]
async fn value() -> u8 {
    1
}

#[memopt::track_alloc]
async fn opaque() -> impl Fn() -> u8 {
    let x = value().await;
    move || x
}

#[memopt::track_alloc]
fn boxed() -> Pin<Box<dyn Future<Output = u8> + Send>> {
    Box::pin(async move { value().await })
}

/// Counts.
#[derive(Debug, Default)]
struct Counter(u8);

#[memopt::track_alloc]
impl Counter {
    const fn get(&self) -> u8 {
        self.0
    }

    fn add(&mut self, x: u8) -> Result<&mut Self, String> {
        self.0 = self.0.checked_add(x).ok_or_else(|| format!("{x} is too much"))?;
        Ok(self)
    }
}

/// A type of everything a derive meets.
#[derive(Debug, Clone, PartialEq, memopt::MemSize)]
enum Sized<T> {
    Empty,
    One(T),
    Two {
        name: String,
        #[mem_size(skip)]
        picture: Vec<u8>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, memopt::MemSize)]
struct Point(u8, u16);

#[test]
fn sizes() {
    use memopt::MemSize;
    let two = Sized::<Point>::Two { name: String::from("two"), picture: vec![1] };
    assert_eq!(two.mem_size().heap_bytes, 3);
    assert_eq!([Sized::Empty, Sized::One(Point(1, 2))].mem_size().padding_bytes, 1);
}

#[memopt::test(max_allocs = 2, no_leaks)]
fn sync() {
    assert_eq!(items(), 3);
    assert_eq!(all_limits(), "one");
}

#[memopt::test(max_allocs = 2, max_bytes = 100, max_peak = 100, no_leaks)]
fn fails_with_a_result() -> Result<(), String> {
    let mut counter = Counter::default();
    let sum = counter.add(1)?.add(2)?.get();
    assert_eq!(sum, 3);
    Ok(())
}

#[memopt::test]
#[tokio::test]
async fn asynchronous() {
    assert_eq!(only_awaits().await, 1);
    assert_eq!(returns_early(1).await, Some(0));
    let opaque = opaque().await;
    assert_eq!(opaque(), 1);
    assert_eq!(boxed().await, 1);
}
