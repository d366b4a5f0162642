//! Formats other tools read, made from the site tree and from a heap report.
//!
//! `folded` and `heap_folded` are stacks as text lines; `flamegraph`, `heap_flamegraph` and
//! `difference` draw them with `svg`; `pprof`, `dhat` and `speedscope` are files for those tools.

#[cfg_attr(
    not(feature = "json"),
    expect(dead_code, reason = "the file is not written without the feature")
)]
mod dhat;
mod difference;
mod flamegraph;
mod folded;
mod heap_flamegraph;
mod heap_folded;
mod pprof;
#[cfg_attr(
    not(feature = "json"),
    expect(dead_code, reason = "the file is not written without the feature")
)]
mod speedscope;
mod svg;

pub use self::folded::Weight;
pub use self::heap_folded::HeapWeight;
