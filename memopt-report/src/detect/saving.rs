//! What a change would save.

#[cfg(feature = "json")]
use serde::{Deserialize, Serialize};

/// What a change is predicted to save over the time of the report.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize), serde(default))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Saving {
    /// Bytes that need not be allocated.
    pub bytes: u64,
    /// Blocks that need not be allocated.
    pub allocs: u64,
    /// Reallocations that need not happen.
    pub reallocs: u64,
    /// Bytes that need not be moved by reallocations.
    pub copied_bytes: u64,
    /// Bytes a call holds less at its peak.
    pub peak_bytes: u64,
    /// Bytes held less after the calls.
    pub retained_bytes: u64,
    /// The largest of the above as a share (0 to 1) of the same quantity of the whole report.
    pub share: f64,
}
