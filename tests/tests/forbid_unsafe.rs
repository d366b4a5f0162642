//! What the macros write compiles where unsafe code is forbidden and every warning is an error.

#![forbid(unsafe_code)]
#![deny(warnings, unused, future_incompatible, nonstandard_style, rust_2018_idioms, let_underscore_drop)]
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

#[derive(memopt::MemSize)]
struct Sized<'a, T: Clone, const N: usize> {
    values: [T; N],
    name: &'a str,
    #[mem_size(skip)]
    skipped: String,
}

#[derive(memopt::MemSize)]
enum Either {
    Nothing,
    One(String),
    Two { first: u8, second: Option<Box<Either>> },
}

#[derive(memopt::MemSize)]
enum Never {}

#[test]
fn sizes() {
    use memopt::MemSize;
    let sized = Sized { values: [1u8; 3], name: "name", skipped: String::from("skipped") };
    assert_eq!((sized.name.len(), sized.skipped.len(), sized.values), (4, 7, [1; 3]));
    assert_eq!(sized.mem_size().heap_bytes, 0);
    let either = [Either::Nothing, Either::One(String::from("one")), Either::Two { first: 1, second: None }];
    assert_eq!(either.mem_size().heap_bytes, 3);
    if let [_, _, Either::Two { first, second: None }] = either {
        assert_eq!(first, 1);
    }
    assert_eq!(Option::<Never>::None.mem_size().total_bytes(), 0);
}

#[memopt::test]
fn in_a_test() {
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
