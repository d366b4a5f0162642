//! The same names where nothing is tracked.

use crate::report::HeapReport;

/// Follows nothing: the feature `track` is off.
pub fn start_sampling(_mean_bytes: u64) -> bool {
    false
}

/// Follows nothing: the feature `track` is off.
pub fn start_exact() -> bool {
    false
}

/// Follows nothing: the feature `track` is off.
pub fn start_exact_with_stacks() -> bool {
    false
}

/// Nothing is followed.
pub fn stop() {}

/// Nothing is followed.
pub fn is_on() -> bool {
    false
}

/// An empty report.
pub fn snapshot() -> HeapReport {
    HeapReport::default()
}

/// There are no stacks: the feature `track` is off.
pub fn refresh_modules() {}

pub(super) fn keep_up() {}

impl HeapReport {
    /// Leaves the report as it is: the feature `track` is off.
    pub fn resolve(&mut self) {}
}
