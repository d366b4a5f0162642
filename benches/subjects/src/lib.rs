//! The work that every measured tool does, and the loop that does it on command.
//!
//! Each tool needs its own `#[global_allocator]`, so each is a program of its own under `src/bin`.
//! What they run is written once, here: the tools differ only in the allocator, in the attribute
//! put on the functions of [`functions!`] and [`scoped!`] and in how a region is counted. Nothing
//! in this crate knows a tool.

pub mod alloc;
pub mod bench;
pub mod buffer;
pub mod calls;
pub mod document;
mod functions;
pub mod lazy;
pub mod pair;
pub mod poll;
pub mod resident;
pub mod rows;
mod scoped;
pub mod scopes;
mod sites;
pub mod stack;
pub mod tracked;
pub mod turns;
pub mod vectors;
pub mod wrapped;

pub use bench::{Bench, Part, minus, plus};
pub use turns::serve;
