//! Formats other tools read, made from the scope tree and from a heap report.
//!
//! Rooms: `folded` and `heap_folded` (stacks as text lines), `flamegraph`, `heap_flamegraph` and `difference` (SVGs, with the
//! feature `flamegraph`), `pprof`, `dhat`, `speedscope`.

mod dhat;
#[cfg(feature = "flamegraph")]
mod difference;
#[cfg(feature = "flamegraph")]
mod flamegraph;
mod folded;
#[cfg(feature = "flamegraph")]
mod heap_flamegraph;
mod heap_folded;
mod pprof;
mod speedscope;

pub use self::folded::Weight;
pub use self::heap_folded::HeapWeight;
