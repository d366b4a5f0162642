//! The same names where nothing is tracked.

use crate::report::HeapReport;
use crate::report::error::{Error, Kind};

/// Samples nothing.
///
/// # Errors
///
/// Always: the feature `track` is off.
pub fn start_sampling(_mean_bytes: u64) -> Result<(), Error> {
    Err(untracked())
}

/// Samples nothing.
///
/// # Errors
///
/// Always: the feature `track` is off.
pub fn start_exact() -> Result<(), Error> {
    Err(untracked())
}

/// Samples nothing.
///
/// # Errors
///
/// Always: the feature `track` is off.
pub fn start_exact_with_stacks() -> Result<(), Error> {
    Err(untracked())
}

fn untracked() -> Error {
    Error::new(
        Kind::Setting,
        "no block can be sampled: memopt is built without its feature `track`; depend on memopt with \
         default features, or with `features = [\"track\"]`",
    )
}

/// Nothing is sampled.
pub fn stop() {}

/// Nothing is sampled.
pub fn is_on() -> bool {
    false
}

/// Nothing is sampled.
pub(crate) fn is_exact() -> bool {
    false
}

/// No block was to be sampled.
pub(crate) fn lost() -> u64 {
    0
}

/// Nothing is told of any block.
pub(crate) fn how_to_see_stacks() -> Option<&'static str> {
    None
}

/// Does nothing: the feature `track` is off.
pub fn set_usable_size(_rule: fn(usize) -> usize) {}

/// An empty report.
pub fn snapshot() -> HeapReport {
    HeapReport::default()
}

/// There are no stacks: the feature `track` is off.
pub fn refresh_modules() {}

#[cfg(feature = "dump")]
pub(crate) fn keep_up() {}

/// Leaves the report as it is: the feature `track` is off.
pub fn resolve(_report: &mut HeapReport) {}
