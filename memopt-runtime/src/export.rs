//! Formats other tools read, made from the scope tree.
//!
//! Rooms: `folded` (stacks as text lines), `flamegraph` (an SVG, with the feature `flamegraph`).

#[cfg(feature = "flamegraph")]
mod flamegraph;
mod folded;

pub use self::folded::Weight;
