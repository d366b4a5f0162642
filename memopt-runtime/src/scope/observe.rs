//! Collections show the open scope how much of their capacity they use.

use crate::capacity::Capacity;
use crate::thread::state::ThreadState;

/// Shows the innermost open scope how much of a collection's capacity is used, so that a report can
/// name sites that hold unused memory. Call it once a collection has its final size.
///
/// ```
/// let mut names = Vec::with_capacity(1000);
/// names.push(1u64);
/// memopt::runtime::observe(&names);
/// ```
///
/// # Cost
///
/// Some nanoseconds. Outside every scope it does nothing.
pub fn observe<C: Capacity + ?Sized>(collection: &C) {
    let (held, used) = (collection.held_bytes() as u64, collection.used_bytes() as u64);
    ThreadState::with(|thread| {
        if let Some(record) = crate::record::current_record(thread) {
            record.observe(held, used);
        }
    });
}
