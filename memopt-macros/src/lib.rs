//! The attributes of memopt. Use them through the `memopt` crate, which documents them; this crate
//! is versioned with it.

// Files are in the order the data flows: `args` and `model` read, `validate` judges, `expand`
// writes, `fallback` writes when something was wrong; `attributes` calls them, `root` says where
// they find memopt, by what `manifest` reads, and `tokens` serves all. Each attribute is a pure
// function of two token streams. It emits only `::memopt::__private` paths, so the runtime can
// change without this crate.
//
// An attribute that instruments has a twin for tracking off, which checks the arguments and gives
// the item back. The `memopt` crate takes one of the two by its own feature `track`. This crate
// has no such feature: cargo builds a procedural macro once for a program and its build scripts,
// with the features of both, and an annotated library may be a dependency of both.

#![forbid(unsafe_code)]

mod args;
mod attributes;
mod expand;
mod fallback;
mod manifest;
mod model;
mod root;
#[cfg(test)]
mod snapshots;
mod tokens;
mod validate;

use expand::Mode;
use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;

/// An attribute that finds memopt where its arguments say.
fn attribute(
    args: TokenStream,
    item: TokenStream,
    expand: impl FnOnce(Tokens, &Tokens) -> Tokens,
) -> TokenStream {
    let item = item.into();
    root::rooted(args.into(), &item, |args| expand(args, &item)).into()
}

#[doc = include_str!("../docs/track_alloc.md")]
#[proc_macro_attribute]
pub fn track_alloc(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute(args, item, |args, item| attributes::track_alloc(args, item, Mode::Track))
}

/// [`macro@track_alloc`] with tracking off.
#[proc_macro_attribute]
pub fn track_alloc_off(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute(args, item, |args, item| attributes::track_alloc(args, item, Mode::Off))
}

#[doc = include_str!("../docs/arena.md")]
#[proc_macro_attribute]
pub fn arena(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute(args, item, |args, item| attributes::arena(args, item, Mode::Track))
}

/// [`macro@arena`] with tracking off.
#[proc_macro_attribute]
pub fn arena_off(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute(args, item, |args, item| attributes::arena(args, item, Mode::Off))
}

#[doc = include_str!("../docs/main.md")]
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute(args, item, |args, item| attributes::main(args, item, Mode::Track))
}

/// [`macro@main`] with tracking off.
#[proc_macro_attribute]
pub fn main_off(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute(args, item, |args, item| attributes::main(args, item, Mode::Off))
}

#[doc = include_str!("../docs/test.md")]
#[proc_macro_attribute]
pub fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute(args, item, |args, item| attributes::test(args, item, Mode::Track))
}

/// [`macro@test`] with tracking off.
#[proc_macro_attribute]
pub fn test_off(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute(args, item, |args, item| attributes::test(args, item, Mode::Off))
}

#[doc = include_str!("../docs/streamed.md")]
#[proc_macro_attribute]
pub fn streamed(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute(args, item, |args, item| attributes::streamed(args, item, Mode::Track))
}

/// [`macro@streamed`] with tracking off.
#[proc_macro_attribute]
pub fn streamed_off(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute(args, item, |args, item| attributes::streamed(args, item, Mode::Off))
}

#[doc = include_str!("../docs/pooled_derive.md")]
#[proc_macro_derive(Pooled, attributes(pool))]
pub fn derive_pooled(item: TokenStream) -> TokenStream {
    root::derived(attributes::derive_pooled(item.into())).into()
}

#[doc = include_str!("../docs/pooled.md")]
#[proc_macro_attribute]
pub fn pooled(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute(args, item, attributes::pooled)
}

/// Marks a `let` in a function with [`macro@track_alloc`], which reads it: `#[presize] let mut rows
/// = Vec::new();`. By itself it is an error that says so.
#[proc_macro_attribute]
pub fn presize(_args: TokenStream, item: TokenStream) -> TokenStream {
    attributes::misplaced(validate::PRESIZE, &item.into()).into()
}

/// Marks a `let` in a function, or a field of a struct, with [`macro@pooled`], which reads it. By
/// itself it is an error that says so.
#[proc_macro_attribute]
pub fn pool(_args: TokenStream, item: TokenStream) -> TokenStream {
    attributes::misplaced(validate::POOL, &item.into()).into()
}

#[doc = include_str!("../docs/lazy_load.md")]
#[proc_macro_attribute]
pub fn lazy_load(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute(args, item, attributes::lazy_load)
}

#[doc = include_str!("../docs/mem_size.md")]
#[proc_macro_derive(MemSize, attributes(mem_size))]
pub fn mem_size(item: TokenStream) -> TokenStream {
    root::derived(attributes::mem_size(item.into())).into()
}
