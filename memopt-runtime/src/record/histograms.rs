//! The histograms of one site on one thread.
//!
//! A call has four values: bytes, blocks, peak and retained bytes. Few blocks are counted in place.
//! Where a call's bytes are its peak, as they are of all that free nothing before they have
//! allocated everything, one histogram counts for both.

use super::buckets::{Carry, Directory, Group, Place, ROW, STEP};
use super::pieces::seen;
use crate::thread::Counter;
use crate::thread::erased::typed;
use crate::thread::state::ThreadState;
use std::cell::Cell;
use std::sync::atomic::AtomicPtr;

/// Bytes, and peak, of calls where they are the same.
pub(super) const BOTH: usize = 0;
pub(super) const RETAINED: usize = 1;
/// Single allocations that are not small.
pub(super) const LARGE: usize = 2;
/// Blocks, from [`FEW`] on.
pub(super) const ALLOCS: usize = 3;
/// Bytes and peak of the other calls. From here on the histograms lie in rows of their own.
pub(super) const BYTES: usize = 4;
pub(super) const PEAK: usize = 5;
/// The two ends of growing `realloc`s.
pub(super) const GREW_TO: usize = 6;
pub(super) const GREW_FROM: usize = 7;
pub(super) const HISTOGRAMS: usize = 8;

/// Numbers of blocks below it have a count in place.
pub(super) const FEW: u64 = 16;

/// Zeroed memory is an empty one.
///
/// PERF: a call finds in three or four cache lines what it counts: the first here, the rows of its
/// magnitudes, and each row.
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct Histograms {
    pub(super) retained_total: Counter,
    /// Largest values of `BOTH` and `RETAINED`. The smallest are read from the buckets.
    ///
    /// Invariant: at most [`GREATEST`](super::buckets::GREATEST); [`record`](Self::record) skips a
    /// check of bounds by it.
    largest: [Counter; 2],
    /// Rows of the histograms from `BYTES` on; made when one gets its first value.
    pub(super) rare: AtomicPtr<Directory>,
    pub(super) few: Group,
    pub(super) rows: Directory,
    few_steps: AtomicPtr<Carry>,
    /// Largest values of `ALLOCS`, `BYTES` and `PEAK`.
    other_largest: [Counter; 3],
    /// Values that found no room.
    pub(super) unplaced: Counter,
}

/// The counts of a group, with the steps moved out of them.
#[derive(Clone, Copy)]
pub(super) struct Counts<'a> {
    pub(super) group: &'a Group,
    pub(super) steps: &'a AtomicPtr<Carry>,
}

impl Counts<'_> {
    /// The whole count of a bucket.
    pub(super) fn get(self, bucket: usize) -> u64 {
        let steps = seen(self.steps).map_or(0, |carry| carry.get(bucket));
        u64::from(self.group.get(bucket)) + u64::from(steps) * u64::from(STEP)
    }
}

impl Histograms {
    /// Adds a call that did something; `false`, and nothing is added, where it takes
    /// [`record_slow_path`](Self::record_slow_path).
    ///
    /// PERF: everything rare (a new largest value, a new row) is found before anything is written.
    #[inline(always)]
    pub(super) fn record(
        &self,
        thread: &ThreadState,
        [bytes, allocs, peak, retained]: [u64; 4],
    ) -> bool {
        // SAFETY: a record is only written by the thread whose shard holds it, and that is this
        // one.
        let (largest, largest_retained) =
            unsafe { (self.largest[BOTH].own(), self.largest[RETAINED].own()) };
        if bytes != peak || allocs >= FEW || bytes > largest || retained > largest_retained {
            return false;
        }
        let (place, retained_place) = (Place::of(bytes), Place::of(retained));
        // SAFETY: as above. Both values are at most the largest so far, and no largest value is
        // above `GREATEST`.
        let (row, retained_row) =
            unsafe { (self.rows.own_row(place), self.rows.own_row(retained_place)) };
        if row == 0 || retained_row == 0 {
            return false;
        }
        // SAFETY: as above, so the rows are of the thread's groups.
        unsafe {
            group(thread, row, BOTH).add(place.bucket(), 1);
            group(thread, retained_row, RETAINED).add(retained_place.bucket(), 1);
        }
        self.few.add(allocs as usize, 1);
        self.retained_total.add(retained);
        true
    }

    #[inline(always)]
    pub(super) fn largest_of(&self, which: usize) -> &Counter {
        match which {
            BOTH | RETAINED => &self.largest[which],
            _ => &self.other_largest[which - ALLOCS],
        }
    }

    /// The row with the buckets of a histogram around `bucket`; 0 where there is none.
    #[inline(always)]
    pub(super) fn row(&self, which: usize, bucket: usize) -> usize {
        if which < ROW {
            self.rows.row(bucket)
        } else {
            seen(&self.rare).map_or(0, |rows| rows.row(bucket))
        }
    }

    pub(super) fn few_counts(&self) -> Counts<'_> {
        Counts { group: &self.few, steps: &self.few_steps }
    }

    /// The largest value of a histogram of calls.
    pub(super) fn largest(&self, which: usize) -> u64 {
        let counted = self.largest_of(which).get();
        if which == ALLOCS && counted == 0 {
            let few = self.few_counts();
            return (0..FEW).rev().find(|allocs| few.get(*allocs as usize) > 0).unwrap_or(0);
        }
        counted
    }

    pub(super) fn retained_total(&self) -> u64 {
        self.retained_total.get()
    }
}

/// A group of a row.
///
/// # Safety
///
/// - `row` must have been given out by the thread's shard.
#[inline(always)]
pub(super) unsafe fn group(thread: &ThreadState, row: usize, which: usize) -> &Group {
    // SAFETY: rows given out lie within the reservation, which is never unmapped.
    unsafe { &*thread.groups().get().add(row * ROW + which % ROW) }
}

impl ThreadState {
    /// The groups of the shard's histograms.
    #[inline(always)]
    pub(crate) fn groups(&self) -> &Cell<*const Group> {
        // SAFETY: only the record uses the word, by this accessor.
        unsafe { typed(&self.groups) }
    }
}
