//! The allocator wrapper and the counters it feeds.
//!
//! The `GlobalAlloc` itself is in `hook`, one floor up. Rooms: [`count`] (what it calls), [`local`] (this thread's counters), [`counters`] (single-writer
//! words), [`region`] (memory of routed scopes), [`slot`] (where readers find the counters of every thread), [`quiet`] (work of our own that must
//! not be counted). Nothing here may allocate through itself, block or panic.

pub(crate) mod count;
mod counters;
pub(crate) mod local;
pub(crate) mod quiet;
pub(crate) mod region;
pub(crate) mod slot;

pub(crate) use self::counters::{Counter, Counters};
pub(crate) use self::local::call_to_follow;
