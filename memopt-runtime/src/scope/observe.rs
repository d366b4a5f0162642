//! Collections show the open scope how much of what they hold they use.

use crate::capacity::Capacity;
use crate::thread::state::ThreadState;

/// Tells the innermost open scope how much of a collection's capacity is used, so that a report can
/// say where memory is held above need. Call it where a collection has its final size, before it is
/// kept.
///
/// ```
/// let mut names = Vec::with_capacity(1000);
/// names.push(1u64);
/// memopt::runtime::observe(&names);
/// ```
///
/// # Cost
///
/// Some nanoseconds; outside every scope it does nothing.
pub fn observe<C: Capacity + ?Sized>(collection: &C) {
    let (held, used) = (collection.held_bytes() as u64, collection.used_bytes() as u64);
    ThreadState::with(|thread| {
        if let Some(record) = crate::record::current_record(thread) {
            record.observe(held, used);
        }
    });
}
