//! The attributes of memopt. Use them through the `memopt` crate, which documents them; this crate is versioned with it.
//!
//! The folder listing is the pipeline: `args` and `model` read, `validate` judges, `expand` writes, `fallback` writes when something
//! was wrong. Each attribute is a pure function of two token streams, and emits only `::core` and `::memopt::__private` paths: the runtime
//! can change without this crate.
//!
//! This room is long because the compiler wants every attribute at the root, and nearly all of it is their documentation.

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
/// | `no_apply` | the optimizer leaves this function alone |
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
/// # Pre-sizing
///
/// `#[presize]` on a `let` of a measured function makes the place learn how long its collections get, and start later ones with that much room.
/// The value begins with `X::new()`, `X::default()` or `X::with_capacity(n)`, where X is `Vec`, `String`, `VecDeque`, `BinaryHeap`, `HashMap`,
/// `HashSet`, `BytesMut` (feature `bytes`) or has `memopt::remedy::Presizable`; a given n is the start until one is learned. The variable
/// keeps its type. `#[presize(percentile = 95, max_waste = 20)]` says for which share of the collections the start should suffice, and which share of all
/// their room may stay unused; these are the values without it. `memopt::remedy::presize` states how the start is chosen.
///
/// `#[presize(learn)]` learns and changes nothing by itself: collections start as they are written. The optimizer (`memopt::optimizer`, in mode
/// `Apply`) then tries what was learned on a share of the function's calls and keeps it where it is proven to save time; of what it keeps the log says
/// that the mark may become `#[presize]`. A program may also decide: `Learner::set_mode` of the one in `remedy::presize::learners()`.
///
/// ```
/// #[memopt::track_alloc]
/// fn evens(n: u64) -> Vec<u64> {
///     #[presize]
///     let mut evens = Vec::new();
///     for n in (0..n).step_by(2) {
///         evens.push(n);
///     }
///     evens
/// }
///
/// for _ in 0..10 {
///     evens(2000);
/// }
/// assert_eq!(evens(2000).capacity(), 1000);
/// ```
///
/// What the collection has become is looked at before the first statement of its block that may move it, else before the expression the block
/// ends with, else at its end. May move: a use that is not behind `&` or `*` and not followed by `.` or `[`; `.into_*()`, `.into()`, `.leak()`,
/// `.freeze()`; `for .. in v`; any use in a statement with a `move`; `take(&mut v)`; another `let v`. A `return` inside is looked at on its own if
/// it is a statement, and other ways to leave early teach nothing. Other methods that consume it need a `{ v }.method()`, and a mutable borrow
/// must not last to the end of the block.
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

/// Takes what a function allocates from an arena: small blocks lie one behind the other, and their memory is used again when all
/// of them are gone.
///
/// It works for every allocation on the function's thread while it runs, in whatever library it calls, where `memopt::Alloc` is the
/// global allocator. For work that makes many small blocks which are gone, nearly all, when it ends: parsing a request, building and
/// dropping a tree. The function is measured too, as by [`macro@track_alloc`].
///
/// Whatever escapes is safe: a block that is returned, kept, freed on another thread or outlives the thread stays valid and only
/// keeps its chunk of 64 KiB. A function whose blocks keep many nearly empty chunks is found out after a call or two and goes back
/// to the inner allocator. Arenas nest, each with chunks of its own. Async functions are in their arena while they are polled.
///
/// # Arguments
///
/// | argument | meaning |
/// |---|---|
/// | `magazine` | free lists of the thread instead, one for each size up to 1 KiB: for blocks that come and go all the time |
/// | `name = ".."`, `budget(..)` | as for [`macro@track_alloc`] |
///
/// # Examples
///
/// ```
/// #[memopt::arena]
/// fn longest(text: &str) -> usize {
///     let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
///     words.iter().map(String::len).max().unwrap_or(0)
/// }
/// assert_eq!(longest("The way of one allocation"), 10);
/// ```
///
/// # Cost
///
/// A call enters and leaves by the slow way. A block made and freed takes 0.3 to 0.6 of the time of glibc's (boxes of 32 B),
/// parsing and dropping JSON 0.7 to 0.8.
///
/// # Limits
///
/// Blocks above 16 KiB, and those aligned to more than 8 bytes (the tables of `HashMap`, SIMD types), come from the inner
/// allocator. Without the global allocator, and with tracking off, the function is as it was.
#[proc_macro_attribute]
pub fn arena(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::arena(args.into(), &item.into(), MODE).into()
}

/// Writes the report when `main` ends.
///
/// Which one is said by the environment variable `MEMOPT_REPORT`, or by `report = ".."` where it is not set. An async `main` needs the
/// attribute of its runtime below this one, so that the report comes after the runtime has ended.
///
/// `MEMOPT_HEAP` says which blocks are followed by site and stack from here on: `512KiB` (a sample each so many bytes), `exact`,
/// `exact-stacks`; `MEMOPT_REPORT=heap:PATH` then writes them, in the form PATH ends with (`.pb.gz` for pprof, `.dhat.json`, `.txt`, ..).
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
/// | `no_leaks` | nothing allocated in the test may be left when it ends; what is left is named by site and stack |
/// | `no_leaks(except("cache"))` | but for what these sites allocated (paths, matched on `::` borders): statics, caches |
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
/// One heap block a call, about 2 ns an item: see `memopt::remedy::Streamed`.
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

/// Objects of a struct come from a pool: `T::acquire()`.
///
/// It writes `impl Recycle`, which resets the struct field by field and keeps what the fields allocated, and `acquire`, which has the
/// visibility of the struct and gives a guard. Dropping the guard resets the object and puts it back. The same goes as the attribute
/// [`macro@pooled`].
///
/// # Arguments
///
/// `#[pool(..)]` on the struct:
///
/// | argument | meaning |
/// |---|---|
/// | `max_idle = 64` | idle objects the pool keeps, at most (1024) |
/// | `max_bytes = "1 MiB"` | bytes of these, at most (64 MiB) |
/// | `max_object = "64 KiB"` | an object that is or holds more is dropped (4 MiB) |
/// | `name = "frames"` | its name in reports, instead of the type's |
///
/// `#[pool(..)]` on a field:
///
/// | argument | a new object has | when it comes back |
/// |---|---|---|
/// | none | its `Default` (arrays: of each element) | `Recycle::recycle`: initial value, capacity kept |
/// | `new = expr` | `expr`, recycled | the same |
/// | `reset = expr` | `expr` | is set to `expr`; the old value is dropped |
/// | `skip` | its `Default` | is set to its `Default`; needs no `Recycle` |
/// | `keep`, also with `new = expr` | its `Default`, or `expr` | stays as it is, contents and all |
///
/// Bytes that fields with `reset`, `skip` or `keep` hold count towards the limits by `memopt::remedy::HeldBytes`, which std's collections, strings
/// and pointers have; a field of a type without it, or of one that depends on a parameter of the struct, counts by its size alone. Each time an object
/// comes back what such a collection's elements hold is added up; where they hold nothing they are not walked.
///
/// # Examples
///
/// ```
/// #[derive(memopt::Pooled)]
/// #[pool(max_idle = 64, max_object = "64 KiB")]
/// struct Frame {
///     body: Vec<u8>,
///     #[pool(reset = 80)]
///     port: u16,
///     #[pool(keep)]
///     scratch: [u8; 512],
/// }
///
/// let mut frame = Frame::acquire();
/// frame.body.extend_from_slice(b"hello");
/// frame.port = 8080;
/// frame.scratch[0] = 1;
/// drop(frame);
///
/// let frame = Frame::acquire();
/// assert_eq!((frame.body.len(), frame.body.capacity() >= 5, frame.port), (0, true, 80));
/// assert_eq!(frame.scratch[0], 1);
/// let frame: Frame = frame.detach(); // out of the pool for good
/// # drop(frame);
/// ```
///
/// # Limits
///
/// - Not for types with lifetimes, whose objects could outlive what they borrow; nor for enums and unions.
/// - A generic type has a pool for each of its instances, which must be `'static`. All objects must be `Send`.
#[proc_macro_derive(Pooled, attributes(pool))]
pub fn derive_pooled(item: TokenStream) -> TokenStream {
    expand::derive_pooled(item.into()).into()
}

/// On a struct: as [`macro@Pooled`]. On a function: its marked lets come from pools.
///
/// A `let` marked `#[pool]` has a pool of its own. What it binds derefs to the value, and goes back, reset, when it is dropped; the
/// initialiser makes new ones. The marks work in nested blocks, closures and `async fn`s, where the value may be held across an `.await`.
///
/// # Arguments
///
/// `max_idle`, `max_bytes`, `max_object` and `name` as for [`macro@Pooled`]: in the brackets of the attribute for all lets, in `#[pool(..)]` for one.
///
/// # Examples
///
/// ```
/// #[memopt::pooled]
/// fn shout(words: &[&str]) -> usize {
///     #[pool]
///     let mut line = String::new();
///     #[pool(max_idle = 4)]
///     let mut bytes: Vec<u8> = Vec::with_capacity(4096);
///     for word in words {
///         line.push_str(word);
///     }
///     bytes.extend_from_slice(line.to_uppercase().as_bytes());
///     bytes.len()
/// }
///
/// assert_eq!(shout(&["a", "bc"]), 3);
/// assert_eq!(shout(&["d"]), 1); // the same two buffers
/// ```
///
/// # Limits
///
/// - What the initialiser makes is reset as well, so that every call begins alike: `vec![0; 4096]` is refused, since it would be empty.
/// - The name is bound to a guard. Where the value itself is asked for, as in a return, write `name.detach()`.
/// - The initialiser runs only when no idle object is there.
#[proc_macro_attribute]
pub fn pooled(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::pooled(args.into(), &item.into()).into()
}

/// Loads a field when it is first read, or a function's value when it is first asked for; lets functions' values, and fields that say so, go when
/// they are idle or memory is short.
///
/// On a struct, each field marked `#[lazy(..)]` becomes a `memopt::remedy::Lazy`, which is made with `Lazy::new()`, and gets four methods
/// with the visibility of the field. For `body: Vec<u8>`:
///
/// | method | gives |
/// |---|---|
/// | `body(&self)` | `&Vec<u8>`; with `error = E` a `Result<&Vec<u8>, E>`; with `async` a future of it |
/// | `body_is_loaded(&self)` | whether it is |
/// | `unload_body(&mut self)` | the value, if it was loaded; the next read loads again |
/// | `body_held_bytes(&self)` | its bytes by `memopt::remedy::HeldBytes` or `weigh`, else those of its type alone; 0 while it is not loaded |
///
/// | argument of `#[lazy]` | meaning |
/// |---|---|
/// | `load = Self::read` | the loader: a function or closure of `&Self` |
/// | `error = io::Error` | the loader gives a `Result` with this error |
/// | `async` | the loader gives a future |
/// | `weigh = path` | a function of the value that gives its bytes |
/// | `evict` | the value may go while nobody holds it, when memory is reclaimed |
/// | `idle = "5min"` | the same, and also when nobody held it for this time (ms, s, min, h) and something is loaded |
///
/// A field without `evict` or `idle` gives out references, which may be in use as long as the struct is borrowed: it goes with the struct, or by
/// `unload` with `&mut`. One with them becomes a `memopt::remedy::Evictable`, made with `Evictable::new()`, and `body(&self)` gives a
/// handle, `memopt::remedy::Loaded<Vec<u8>>`, that reads as the value and keeps it loaded; `unload_body(&self)` says whether it was. Its value
/// must be `Send + Sync + 'static`.
///
/// On a function the body becomes the loader. Without arguments one value is kept; with arguments, which are keys and so must be owned and
/// `Clone + Eq + Hash`, one for each. The function returns a handle, `memopt::remedy::Loaded<T>`, that reads as the value and keeps it loaded. Where
/// it returned a `Result`, errors are given to the one who loaded and not kept. It may be async.
///
/// | argument on a function | meaning |
/// |---|---|
/// | `idle = "30s"` | a value that nobody held for this time (ms, s, min, h) is let go when next something is loaded or memory is reclaimed |
/// | `max_bytes = "16 MiB"` | values above are let go, the longest unused first; those in use stay |
/// | `weigh = path` | a function of the value that gives its bytes; without it `memopt::remedy::HeldBytes` |
///
/// Of many threads and tasks that come first, one loads and the others wait. After a loader that fails, panics or is cancelled, the next
/// loads. A loader that reads what it is loading panics. It all works without `track` and under any allocator.
///
/// # Examples
///
/// ```
/// use memopt::remedy::Lazy;
/// use std::{fs, io, path::PathBuf};
///
/// #[memopt::lazy_load]
/// struct Doc {
///     path: PathBuf,
///     #[lazy(load = Self::read, error = io::Error)]
///     body: Vec<u8>,
/// }
///
/// impl Doc {
///     fn read(&self) -> io::Result<Vec<u8>> {
///         fs::read(&self.path)
///     }
/// }
///
/// #[memopt::lazy_load(max_bytes = "16 MiB", idle = "5min")]
/// fn squares(n: u64) -> Vec<u64> {
///     (0..n).map(|n| n * n).collect()
/// }
///
/// let mut doc = Doc { path: "Cargo.toml".into(), body: Lazy::new() };
/// assert!(!doc.body_is_loaded());
/// assert!(doc.body()?.starts_with(b"[package]"));
/// assert!(doc.unload_body().is_some());
///
/// assert_eq!(squares(4)[3], 9);
/// # Ok::<(), io::Error>(())
/// ```
///
/// # Cost
///
/// Reading a loaded field: an acquiring load and a branch. Calling a function whose value is loaded: three atomic additions, or with
/// arguments their hash and a short lock.
///
/// # Limits
///
/// - Generic functions and methods with `self` have no one place to keep values.
/// - A `#[derive(..)]` below sees the fields as `Lazy`, which is `Debug`, `Clone` and `Default`; put other derives where that is enough.
/// - `max_bytes` and `idle` are looked at when something is loaded, and `idle` of a cache at each call: nothing runs in the background.
#[proc_macro_attribute]
pub fn lazy_load(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::lazy_load(args.into(), &item.into()).into()
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
