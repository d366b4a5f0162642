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

/// Lets values of a struct or enum say how much memory they take: `memopt::MemSize`, whose docs say more.
///
/// # Arguments
///
/// On a field:
///
/// | argument | meaning |
/// |---|---|
/// | `#[mem_size(skip)]` | counts the bytes in place and looks no further |
/// | `#[mem_size(with = path)]` | calls `path(&field, &mut Walk)` to count what the field owns |
///
/// # Examples
///
/// ```
/// use memopt::MemSize;
///
/// #[derive(MemSize)]
/// enum Tree<T> {
///     Leaf(T),
///     Node(Box<[Tree<T>; 2]>),
/// }
///
/// let tree = Tree::Node(Box::new([Tree::Leaf(1u64), Tree::Leaf(2)]));
/// assert_eq!(tree.mem_size().heap_bytes, 2 * size_of::<Tree<u64>>() as u64);
/// ```
///
/// # Limits
///
/// Unions, packed types and types whose last field has no fixed size are refused, with the reason.
#[proc_macro_derive(MemSize, attributes(mem_size))]
pub fn mem_size(item: TokenStream) -> TokenStream {
    expand::mem_size(item.into()).into()
}
