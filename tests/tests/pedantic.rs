//! Annotated code under clippy's strictest groups: `cargo clippy --all-targets` checks it, and
//! nothing is allowed that the same code without attributes does not ask for.

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

#[expect(clippy::unused_async)]
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

#[expect(clippy::unused_async)]
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

/// Rows.
#[must_use]
#[memopt::streamed]
pub fn rows(text: &str, at_most: usize) -> Vec<String> {
    const PREFIX: &str = "row ";
    let mut out = Vec::with_capacity(at_most);
    if at_most == 0 {
        return out;
    }
    out.extend(text.lines().take(1).map(ToOwned::to_owned));
    for row in text.lines().skip(1).take(at_most - 1) {
        match row.len() {
            0 => {}
            1 => out.push(row.to_owned()),
            _ => {
                out.push(format!("{PREFIX}{row}"));
            }
        }
    }
    out
}

/// Numbers.
///
/// # Errors
///
/// Where a line is none.
#[memopt::track_alloc]
#[memopt::streamed(chunk = 2)]
pub fn numbers(text: &str) -> Result<Vec<u8>, std::num::ParseIntError> {
    let mut out = Vec::new();
    for row in text.lines() {
        if row.is_empty() {
            return Ok(out);
        }
        out.push(row.parse()?);
    }
    Ok(out)
}

#[memopt::streamed]
async fn awaited(last: u8) -> Vec<u8> {
    let mut out = Vec::new();
    out.push(value().await);
    if last > 0 {
        out.push(last);
    }
    out
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

#[memopt::track_alloc]
fn presized(n: u8) -> Option<Vec<u8>> {
    #[presize]
    let mut all = Vec::new();
    for one in 0..n {
        if one > 100 {
            return None;
        }
        all.push(one);
    }
    Some(all)
}

#[memopt::track_alloc]
async fn presized_in_a_future(n: u8) -> usize {
    #[presize(percentile = 90)]
    let mut text: String = String::with_capacity(4);
    for _ in 0..n {
        text.push(char::from(value().await));
    }
    text.len()
}

/// A struct with loaders of each kind.
#[memopt::lazy_load]
#[derive(Debug, Default)]
pub struct Doc {
    path: String,
    /// Read by all.
    #[lazy(load = Self::read)]
    pub body: Vec<u8>,
    #[lazy(load = Self::parse, error = std::num::ParseIntError)]
    pub number: u8,
    #[lazy(load = Self::fetch, async)]
    pub fetched: String,
    #[lazy(load = Self::read, evict)]
    pub again: Vec<u8>,
    #[lazy(load = Self::parse, error = std::num::ParseIntError, idle = "1h")]
    pub digit: u8,
}

impl Doc {
    fn read(&self) -> Vec<u8> {
        self.path.as_bytes().to_vec()
    }

    fn parse(&self) -> Result<u8, std::num::ParseIntError> {
        self.path.parse()
    }

    async fn fetch(&self) -> String {
        value().await;
        self.path.clone()
    }
}

/// One of these.
#[memopt::lazy_load(idle = "1h")]
pub fn dictionary() -> Vec<u8> {
    vec![1, 2]
}

#[memopt::lazy_load(max_bytes = "1 MiB")]
async fn page(id: u8, mut name: String) -> Result<Vec<u8>, std::num::ParseIntError> {
    name.push(char::from(b'0' + id));
    let number = name.parse()?;
    value().await;
    Ok(vec![number])
}

#[tokio::test]
async fn loaded() {
    let doc = Doc { path: "7".to_owned(), ..Doc::default() };
    assert_eq!(
        (doc.body(), doc.number(), doc.fetched().await.as_str()),
        (&vec![b'7'], Ok(&7), "7")
    );
    assert_eq!((&*doc.again(), doc.digit().as_deref()), (&vec![b'7'], Ok(&7)));
    doc.unload_again();
    assert_eq!(dictionary().len(), 2);
    assert_eq!(*page(1, "2".to_owned()).await.expect("a number"), [21]);
    assert_eq!(presized(3), Some(vec![0, 1, 2]));
    assert_eq!(presized_in_a_future(3).await, 3);
}

/// A type of everything a derive meets.
#[derive(Debug, Clone, PartialEq, memopt::remedy::MemSize)]
enum Sized<T> {
    Empty,
    One(T),
    Two {
        name: String,
        #[mem_size(skip)]
        picture: Vec<u8>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, memopt::remedy::MemSize)]
struct Point(u8, u16);

#[test]
fn sizes() {
    use memopt::remedy::MemSize;
    let two = Sized::<Point>::Two { name: String::from("two"), picture: vec![1] };
    assert_eq!(two.mem_size().heap_bytes, 3);
    assert_eq!([Sized::Empty, Sized::One(Point(1, 2))].mem_size().padding_bytes, 1);
}

#[memopt::test(max_allocs = 2, no_leaks)]
fn sync() {
    assert_eq!(items(), 3);
    assert_eq!(all_limits(), "one");
}

#[memopt::test(max_allocs = 3, no_leaks)]
fn streamed() {
    drop(awaited(1));
    assert!(rows("a\nb", 0).next().is_none() && numbers("").next().is_none());
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
