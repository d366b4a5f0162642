//! The report of the whole process: the records, and what the other rooms know beside them.

use crate::report::Report;
use crate::{heap, optimizer, record, remedy, untracked};

/// What every site of the process allocated so far.
///
/// # Cost
///
/// Some milliseconds with a thousand sites; no other thread stops or waits. What it allocates is
/// not counted.
pub fn report() -> Report {
    untracked(|| {
        record::process_report()
            .with_reclaimable(remedy::registry::reports())
            .with_actions(optimizer::log())
            .with_heap(heap::known())
    })
}
