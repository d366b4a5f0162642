//! What the macros write compiles where unsafe code is forbidden and every warning is an error.

#![forbid(unsafe_code)]
#![deny(
    warnings,
    unused,
    future_incompatible,
    nonstandard_style,
    rust_2018_idioms,
    let_underscore_drop
)]
#![deny(unused_qualifications, unreachable_pub, missing_docs, single_use_lifetimes, trivial_casts)]

#[memopt::track_alloc]
fn sync(x: u8) -> Vec<u8> {
    vec![x]
}

#[memopt::track_alloc(name = "named", budget(allocs <= 1))]
fn one_line() -> u8 {
    1
}

#[memopt::track_alloc]
async fn nothing() {}

#[memopt::track_alloc]
async fn asynchronous(x: &str) -> Result<u8, std::num::ParseIntError> {
    let x = x.parse()?;
    Ok(x)
}

#[memopt::track_alloc]
fn future() -> std::pin::Pin<Box<dyn Future<Output = u8>>> {
    Box::pin(async { 1 })
}

#[memopt::track_alloc]
fn presized(x: u8) -> Vec<u8> {
    #[presize]
    let mut all = Vec::new();
    all.push(x);
    all
}

#[memopt::lazy_load]
struct Doc {
    #[lazy(load = |_| Ok(1), error = std::num::ParseIntError)]
    fallible: u8,
    #[lazy(load = Self::load)]
    body: Vec<u8>,
}

impl Doc {
    fn load(&self) -> Vec<u8> {
        presized(1)
    }
}

#[memopt::lazy_load(idle = "1s")]
fn dictionary() -> Vec<u8> {
    vec![1]
}

#[memopt::lazy_load]
async fn page(id: u8) -> Result<u8, std::num::ParseIntError> {
    asynchronous(if id == 0 { "0" } else { "1" }).await
}

#[test]
fn remedies() {
    let doc = Doc { fallible: 2.into(), body: memopt::remedy::Lazy::new() };
    assert_eq!((doc.fallible(), doc.body()), (Ok(&2), &vec![1]));
    assert_eq!(*dictionary(), [1]);
    drop(page(1));
}

#[memopt::streamed]
fn rows<'a>(text: &'a str, mut limit: usize) -> Vec<&'a str> {
    let mut out = Vec::with_capacity(limit);
    for row in text.lines() {
        if limit == 0 {
            return out;
        }
        limit -= 1;
        out.push(row);
    }
    out
}

#[memopt::streamed(chunk = 4)]
#[memopt::track_alloc]
fn numbers(text: &str) -> Result<Vec<u8>, std::num::ParseIntError> {
    let mut out = Vec::new();
    for row in text.lines() {
        out.push(row.parse()?);
    }
    Ok(out)
}

#[memopt::streamed]
async fn awaited(text: String) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend(asynchronous(&text).await);
    out
}

#[derive(memopt::remedy::MemSize)]
struct Sized<'a, T: Clone, const N: usize> {
    values: [T; N],
    name: &'a str,
    #[mem_size(skip)]
    skipped: String,
}

#[derive(memopt::remedy::MemSize)]
enum Either {
    Nothing,
    One(String),
    Two { first: u8, second: Option<Box<Either>> },
}

#[derive(memopt::remedy::MemSize)]
enum Never {}

#[test]
fn sizes() {
    use memopt::remedy::MemSize;
    let sized = Sized { values: [1u8; 3], name: "name", skipped: String::from("skipped") };
    assert_eq!((sized.name.len(), sized.skipped.len(), sized.values), (4, 7, [1; 3]));
    assert_eq!(sized.mem_size().heap_bytes, 0);
    let either =
        [Either::Nothing, Either::One(String::from("one")), Either::Two { first: 1, second: None }];
    assert_eq!(either.mem_size().heap_bytes, 3);
    if let [_, _, Either::Two { first, second: None }] = either {
        assert_eq!(first, 1);
    }
    assert_eq!(Option::<Never>::None.mem_size().total_bytes(), 0);
}

#[memopt::test]
fn in_a_test() {
    assert!(rows("a\nb\nc", 2).eq(["a", "b"]));
    assert!(numbers("1\n2").eq([Ok(1), Ok(2)]));
    drop(awaited(String::from("1")));
    let _scope = memopt::scope!("block");
    assert_eq!(sync(1), [1]);
    assert_eq!(one_line(), 1);
}

#[memopt::test(max_allocs = 10_000, max_bytes = "1 GiB", max_peak = "1 GiB", no_leaks)]
#[tokio::test]
async fn in_an_async_test() -> Result<(), std::num::ParseIntError> {
    nothing().await;
    assert_eq!(asynchronous("1").await?, 1);
    assert_eq!(future().await, 1);
    Ok(())
}

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();
