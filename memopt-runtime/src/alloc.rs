//! The allocator wrapper and the counters it feeds.
//!
//! Rooms: [`hook`] (the `GlobalAlloc`), [`local`] (this thread's counters), [`counters`] (single-writer
//! words), [`slot`] (where readers find the counters of every thread), [`quiet`] (work of our own that must
//! not be counted). Nothing here may allocate through itself, block or panic.

mod counters;
mod hook;
pub(crate) mod local;
pub(crate) mod quiet;
pub(crate) mod slot;

pub(crate) use self::counters::{Counter, Counters, IN_SLOW_PATH};
pub use self::hook::Alloc;
