//! What a thread counts, and where readers find it: the ground floor of the measuring.
//!
//! Rooms: [`state`] (this thread's counters and what the hook looks at), [`counters`]
//! (single-writer words), [`slot`] (where readers find the counters of every thread), [`interval`]
//! (which blocks are sampled), [`route`] and [`size_class`] (words that all rooms share),
//! [`erased`] (words that belong to rooms above), `at_end` (what these do when a thread ends),
//! [`untracked`] (memopt's own work, which is not counted), `own` (what that work holds) and
//! [`set_apart`] (buffers of the test harness, which no scope counts).
//! Nothing here knows a site, a record or a region, and nothing may allocate through the hook,
//! block or panic.

mod at_end;
mod counters;
pub(crate) mod erased;
pub(crate) mod interval;
mod own;
pub(crate) mod route;
pub(crate) mod set_apart;
pub(crate) mod size_class;
pub(crate) mod slot;
pub(crate) mod state;
pub(crate) mod untracked;

pub(crate) use self::at_end::{Room, at_end};
pub(crate) use self::counters::{Counter, Counters};
pub use self::own::own_bytes;
pub(crate) use self::state::call_to_sample;
