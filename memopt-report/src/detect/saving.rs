//! What a change would save.

use super::limits::FLOOR_BYTES;
use crate::CostModel;
#[cfg(feature = "json")]
use serde::{Deserialize, Serialize};
use std::fmt;

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
    /// The quantity that `share` is of, where it is known.
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "Option::is_none"))]
    pub share_of: Option<Quantity>,
    /// CPU time, predicted by the [`CostModel`] of the report, ns.
    pub cpu_ns: u64,
    /// The same as a share (0 to 1) of the CPU time of the report; 0 where that is not known.
    pub cpu_share: f64,
    /// The larger of `peak_bytes` and `retained_bytes` as a share (0 to 1) of the most resident
    /// bytes of the process, or where these are not known of the highest peak.
    pub memory_share: f64,
}

/// What is counted of a whole report. Its `Display` is `all blocks`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize), serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Quantity {
    /// Bytes allocated.
    Bytes,
    /// Blocks allocated.
    Blocks,
    /// Allocations and reallocations.
    Requests,
    /// Bytes moved by reallocations, as a share of the bytes allocated.
    Copied,
    /// Bytes at the highest peak.
    Peak,
    /// Bytes held.
    Held,
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes => "all bytes",
            Self::Blocks => "all blocks",
            Self::Requests => "all requests",
            Self::Copied => "the bytes allocated",
            Self::Peak => "the highest peak",
            Self::Held => "what is held",
        })
    }
}

impl Saving {
    /// The saving with the largest of these shares.
    pub(super) fn sharing(mut self, shares: &[(f64, Quantity)]) -> Self {
        for (share, of) in shares {
            if self.share_of.is_none() || *share > self.share {
                (self.share, self.share_of) = (*share, Some(*of));
            }
        }
        self
    }

    /// The CPU time it takes by the model, ns: blocks of their mean size, reallocations at 2.2
    /// pairs each where the block moves and one and a half where it stays, bytes moved, and pages
    /// that a lower peak never touches.
    ///
    /// So many pairs, and 2.3 for a block that stays, are what small programs took on glibc
    /// (`tests/tests/judged`): a realloc that moves frees and takes, and fresh memory is not in a
    /// cache of the allocator's, nor of the processor's.
    pub(super) fn time_ns(&self, costs: &CostModel) -> f64 {
        let mean = self.bytes / self.allocs.max(1);
        // A reallocation frees one block and takes another where it moves.
        let moving = self.reallocs.min(self.copied_bytes / SMALLEST_MOVED);
        let in_place = (self.reallocs - moving) as f64 * IN_PLACE;
        let moved = self.copied_bytes / self.reallocs.max(1);
        let pages = self.memory_bytes() / PAGE;
        self.allocs as f64 * costs.pair_ns(mean)
            + (moving as f64 * REALLOC + in_place) * costs.pair_ns(moved)
            + self.copied_bytes as f64 / 1024.0 * costs.copied_kib_ns
            + pages as f64 * costs.touched_page_ns
    }

    /// What findings are ordered by: the larger share of CPU time and of memory, where that is
    /// enough to count; where time is not known the share of the same quantity.
    pub(super) fn worth(&self) -> f64 {
        let memory = if self.memory_bytes() >= FLOOR_BYTES { self.memory_share } else { 0.0 };
        if self.cpu_share > 0.0 { self.cpu_share.max(memory) } else { self.share }
    }

    /// Bytes that are held less, at the peak or for good.
    pub(super) fn memory_bytes(&self) -> u64 {
        self.peak_bytes.max(self.retained_bytes)
    }
}

/// What a reallocation costs, in pairs of its size.
const REALLOC: f64 = 2.2;
/// The same where the block stays: there is room behind it, or in it.
const IN_PLACE: f64 = 1.5;
/// Bytes of a block that has to move when it grows, at the least: the smallest has so much room.
const SMALLEST_MOVED: u64 = 16;
/// What a block costs less, in pairs of its size, that is asked for by its size and filled as
/// before: neither the first step of growth nor a copy ends.
pub(super) const BY_SIZE: f64 = 0.3;
/// What a block costs more, in pairs of its size, that is asked for filled with zeroes: glibc's
/// `calloc` passes by the few that are at hand.
pub(super) const ZEROED: f64 = 0.5;
/// What it costs to format a text, in pairs of its size.
pub(super) const FORMATTED: f64 = 2.5;
/// What a block that stays costs more, in pairs of its size.
pub(super) const FRESH: f64 = 1.3;
/// What a block costs more where so many are in use at once, in pairs of its size: the allocator
/// keeps a few of a size at hand (glibc 7), and looks for the next ones.
pub(super) fn together(at_once: u64) -> f64 {
    match at_once {
        ..8 => 0.0,
        8..64 => 0.35,
        _ => 0.8,
    }
}

/// What a pool takes for a block, in pairs of its size.
pub(super) const POOLED: f64 = 0.25;
/// Bytes of a page.
const PAGE: u64 = 4096;
