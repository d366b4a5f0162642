//! The attributes of memopt. Use them through the `memopt` crate, which documents them; this crate is versioned with it.
//!
//! The folder listing is the pipeline: `args` and `model` read, `validate` judges, `expand` writes, `fallback` writes when something
//! was wrong. Each attribute is a pure function of two token streams, and emits only `::core` and `::memopt::__private` paths: the runtime
//! can change without this crate.

#![forbid(unsafe_code)]

mod args;
mod expand;
mod fallback;
mod model;
mod validate;

use expand::Mode;
use proc_macro::TokenStream;

/// Without the feature the attributes still check what they are given: code that builds without instruments builds with them.
const MODE: Mode = if cfg!(feature = "track") { Mode::Track } else { Mode::Off };

/// Measures what a function allocates: per call and in total, under its own name.
///
/// It goes on a `fn`, `async fn` or method, and on an `impl`, `trait` or inline `mod`, where it measures every function with a body. What an
/// async function allocates is the sum over its polls; a function whose last expression is `Box::pin(async move { .. })`,
/// `async move { .. }` or `async move { .. }.boxed()` is measured as that future.
///
/// # Arguments
///
/// | argument | meaning |
/// |---|---|
/// | `name = "ingest"` | the name in reports; without it the path of the function, with the type of its impl |
/// | `budget(allocs <= 3, bytes <= "4 KiB", peak <= 4096, retained <= 0)` | upper limits for one call: counted when broken, and failing inside `#[memopt::test]` |
/// | `skip` | only inside an annotated impl, trait or mod: leaves this function, or this impl, trait or mod, out |
///
/// Sizes are bytes, or strings with B, KB, MB, GB (powers of 1000), KiB, MiB, GiB (of 1024).
///
/// # Examples
///
/// ```
/// struct Parser {
///     lines: Vec<String>,
/// }
///
/// #[memopt::track_alloc]
/// impl Parser {
///     fn line(&mut self, line: &str) {
///         self.lines.push(line.to_owned());
///     }
///
///     #[track_alloc(name = "ingest", budget(allocs <= 3, bytes <= "4 KiB"))]
///     async fn read(&mut self, text: &str) {
///         text.lines().for_each(|line| self.line(line));
///     }
///
///     #[track_alloc(skip)]
///     fn is_empty(&self) -> bool {
///         self.lines.is_empty()
///     }
/// }
/// # let mut parser = Parser { lines: Vec::new() };
/// # drop(parser.read(""));
/// # assert!(parser.is_empty());
/// ```
///
/// # Limits
///
/// - A `const fn` cannot be measured: it is an error to annotate one, and inside an annotated impl or mod it is left out.
/// - Arguments taken by value and dropped with the function are dropped after its scope has ended; before edition 2024 so are
///   temporaries of its last expression.
/// - What a function does before it returns a future (see above) is not part of that future.
/// - Functions inside a body, a macro call or a file module (`mod name;`) are not seen; annotate them there.
/// - `#[cfg_attr(.., track_alloc(skip))]` inside an annotated impl is not seen either: it is expanded later.
#[proc_macro_attribute]
pub fn track_alloc(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::track_alloc(args.into(), &item.into(), MODE).into()
}

/// Writes the report when `main` ends.
///
/// Which one is said by the environment variable `MEMOPT_REPORT`, or by `report = ".."` where it is not set. An async `main` needs the
/// attribute of its runtime below this one, so that the report comes after the runtime has ended.
///
/// # Examples
///
/// ```
/// #[memopt::main(report = "text")]
/// fn main() -> Result<(), std::num::ParseIntError> {
///     let answer: u8 = "42".parse()?;
///     assert_eq!(answer, 42);
///     Ok(())
/// }
/// ```
///
/// With a runtime: `#[memopt::main]`, below it `#[tokio::main]`, below that `async fn main()`.
///
/// # Limits
///
/// A program that ends by `std::process::exit` or by a signal does not return from `main` and writes nothing.
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::main(args.into(), &item.into(), MODE).into()
}

/// A test that fails, with the sites at fault, when it allocates more than it says.
///
/// Adds `#[test]`, or leaves that to the test attribute below it (`#[tokio::test]`, `#[rstest]`), which async tests need. Everything else about
/// the test stays as it is: `#[should_panic]`, `#[ignore]`, a `Result` to return.
///
/// # Arguments
///
/// | argument | meaning |
/// |---|---|
/// | `max_allocs = 10` | allocations, at most |
/// | `max_bytes = "64 KiB"` | bytes allocated, at most, freed or not |
/// | `max_peak = "16 KiB"` | bytes in use at once, at most |
/// | `no_leaks` | nothing allocated in the test may be left when it ends |
///
/// # Examples
///
/// ```
/// #[memopt::test(max_allocs = 1, max_bytes = "1 KiB", no_leaks)]
/// fn one_string() {
///     assert_eq!(format!("{}", 7), "7");
/// }
/// ```
///
/// # Limits
///
/// Another test attribute goes below this one: one above is expanded before and cannot be seen.
#[proc_macro_attribute]
pub fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::test(args.into(), &item.into(), MODE).into()
}

/// Makes a function that fills a `Vec` one that gives its items out one at a time: an iterator, or of an `async fn` a stream.
///
/// The body stays as it is: `out.push(row)` hands the row to the caller and goes on when the next one is asked for. Callers stay as they
/// are where they walk over the result (`for row in rows(path)`) or collect it. The iterator is a `memopt::remedy::Streamed`, the stream a
/// `memopt::remedy::StreamedAsync`.
///
/// # Arguments
///
/// | argument | meaning |
/// |---|---|
/// | `chunk = 64` | items held at once, at most; without it 1. A larger number makes very short bodies faster |
///
/// # Examples
///
/// ```
/// #[memopt::streamed]
/// fn squares(limit: u32) -> Vec<u32> {
///     let mut out = Vec::with_capacity(limit as usize);
///     for n in 0..limit {
///         out.push(n * n);
///     }
///     out
/// }
///
/// for square in squares(4) {
///     println!("{square}");
/// }
/// assert_eq!(squares(u32::MAX).nth(3), Some(9)); // no vector of four billion, and no fifth square
///
/// #[memopt::streamed]
/// fn numbers(text: &str) -> Result<Vec<u32>, std::num::ParseIntError> {
///     let mut out = Vec::new();
///     for line in text.lines() {
///         out.push(line.parse()?);
///     }
///     Ok(out)
/// }
///
/// let mut all = numbers("1\n2\nthree\n4");
/// assert_eq!((all.next(), all.next()), (Some(Ok(1)), Some(Ok(2))));
/// assert!(all.next().is_some_and(|row| row.is_err())); // an error is the last item
/// assert!(all.next().is_none());
/// ```
///
/// # What it takes
///
/// - A return type `Vec<T>`, `Result<Vec<T>, E>`, or a path whose name ends in `Result` with `Vec<T>` as its first argument
///   (`io::Result<Vec<T>>`); of a `Result` the items are `Result<T, E>`. Other aliases must be written out.
/// - One output: `let mut out` with `Vec::new()`, `Vec::with_capacity(..)`, `Vec::default()`, `Default::default()` or `vec![]` at the top of
///   the body; `out`, or `Ok(out)`, at its end or at the end of its last `if` or `match`; `return out` and `return Err(..)` anywhere.
/// - `out.push(..)`, `extend`, `append`, `extend_from_slice` in any loop, `if` or `match`; `reserve` and the like are not needed and do nothing.
/// - Anything else done with `out` reads it back, or needs all items, and is an error that says what to do instead. So is a `push` in a closure.
///
/// `#[track_alloc]` goes above or below it, by that name: the scope is entered at each `next`, and all of them together are one call.
///
/// # Cost
///
/// One heap block a call, about 3 ns an item: see `memopt::remedy::Streamed`.
///
/// # Limits
///
/// - The body runs when the items are asked for, not when the function is called: what it borrows stays borrowed as long as the iterator
///   lives, and its side effects come between those of the caller. Before an error comes the rows before it.
/// - The signature changes, so a method of a trait impl cannot be streamed, and callers that index or measure the `Vec` must collect first.
/// - The output is found by its name in the text: a `push` written inside another macro's definition is not seen.
#[proc_macro_attribute]
pub fn streamed(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::streamed(args.into(), &item.into(), MODE).into()
}
