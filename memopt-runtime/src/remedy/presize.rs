//! Pre-sizing: a place that makes collections learns how long they get, and starts later ones
//! there.
//!
//! It reads no counter, so it works under any allocator.
//!
//! # The rule
//!
//! The start is the length that `percentile` of the collections did not exceed, if with it no more
//! than `max_waste` of the room of all collections stays unused. Otherwise it is the largest below
//! that keeps the bound, among the lower percentiles (in steps of 5) and the parts of the longest
//! lengths that lead to them by doubling. Where none keeps it, since collections that outgrow their
//! start double it, it is the largest that wastes no more than growth from nothing would. Where
//! half of the collections stay empty, there is none. Hash tables round what is asked for up to a
//! size of theirs, which is not held against the bound: by growth they would get there too.
//!
//! Lengths are forgotten with time: once 256 are known all counts are halved, so the place follows
//! when the lengths move. What is learned is looked at after 4, 8, 16 and 32 lengths and then after
//! each 64. While the start stays the same, fewer lengths are taken: down to one in 16.

// Files: `collection` (what can be given room), `lengths` (the histogram that forgets), `choice`
// (which start), `tally` (who sufficed), `learner` (one place).

mod choice;
mod collection;
mod learner;
mod lengths;
mod tally;

pub use self::collection::Presizable;
#[doc(hidden)]
pub use self::learner::{Learner, LearnerMode, LearnerState, Started, learners};
#[cfg(feature = "track")]
pub(crate) use self::learner::{set_waiting, waits};
