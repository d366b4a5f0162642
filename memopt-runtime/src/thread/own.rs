//! What memopt's own work holds on the heap: the counterpart of what is counted of the program.

use crate::report::Totals;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

static OWN: AtomicI64 = AtomicI64::new(0);

/// Adds an operation of our own work.
///
/// PERF: a locked addition, 5 ns. No operation of the program comes here.
pub(super) fn add(totals: &Totals) {
    OWN.fetch_add(totals.bytes.wrapping_sub(totals.freed_bytes).cast_signed(), Relaxed);
}

/// Bytes that untracked sections of all threads allocated and did not free: history, states,
/// reports that are held, answers on their way. Records and stacks of the runtime have memory of
/// their own, which is not in it. 0 where memopt's allocator is not the global one.
pub fn own_bytes() -> u64 {
    // What was made in such a section and freed outside of one is never taken off, and the reverse
    // taken off once too often.
    OWN.load(Relaxed).max(0).cast_unsigned()
}
