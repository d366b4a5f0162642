//! Exact counts of allocator traffic.

#[cfg(feature = "json")]
use serde::{Deserialize, Serialize};

/// Exact counts of allocator traffic.
///
/// A `realloc` is neither an allocation nor a free: growth adds to `bytes`, shrinking to
/// `freed_bytes`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Totals {
    /// Blocks allocated.
    pub allocs: u64,
    /// Bytes allocated, growth by `realloc` included.
    pub bytes: u64,
    /// Blocks freed.
    pub frees: u64,
    /// Bytes freed, shrinking by `realloc` included.
    pub freed_bytes: u64,
    /// `realloc` calls that succeeded.
    pub reallocs: u64,
    /// Bytes that moved because a `realloc` could not grow in place (whole pages moved by the
    /// kernel count too).
    pub copied_bytes: u64,
}

impl Totals {
    /// So many blocks allocated, of so many bytes together.
    pub fn allocated(allocs: u64, bytes: u64) -> Self {
        Self { allocs, bytes, ..Self::default() }
    }

    /// So many blocks freed, of so many bytes together.
    pub fn freed(frees: u64, freed_bytes: u64) -> Self {
        Self { frees, freed_bytes, ..Self::default() }
    }

    /// Bytes allocated and not freed; negative where more was freed here than allocated here.
    pub fn live_bytes(&self) -> i64 {
        self.bytes.wrapping_sub(self.freed_bytes).cast_signed()
    }

    /// Blocks allocated and not freed.
    pub fn live_blocks(&self) -> i64 {
        self.allocs.wrapping_sub(self.frees).cast_signed()
    }

    /// Member-wise sum.
    pub fn add(&mut self, other: &Self) {
        self.allocs = self.allocs.wrapping_add(other.allocs);
        self.bytes = self.bytes.wrapping_add(other.bytes);
        self.frees = self.frees.wrapping_add(other.frees);
        self.freed_bytes = self.freed_bytes.wrapping_add(other.freed_bytes);
        self.reallocs = self.reallocs.wrapping_add(other.reallocs);
        self.copied_bytes = self.copied_bytes.wrapping_add(other.copied_bytes);
    }

    /// Member-wise difference.
    pub fn take(&mut self, other: &Self) {
        self.allocs = self.allocs.wrapping_sub(other.allocs);
        self.bytes = self.bytes.wrapping_sub(other.bytes);
        self.frees = self.frees.wrapping_sub(other.frees);
        self.freed_bytes = self.freed_bytes.wrapping_sub(other.freed_bytes);
        self.reallocs = self.reallocs.wrapping_sub(other.reallocs);
        self.copied_bytes = self.copied_bytes.wrapping_sub(other.copied_bytes);
    }
}
