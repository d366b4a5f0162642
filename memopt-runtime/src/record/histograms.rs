//! The histograms of one site on one thread.
//!
//! A call has four values: bytes, blocks, peak and retained bytes. Few blocks are counted in place. Where a call's bytes
//! are its peak, as they are of all that free nothing before they have allocated everything, one histogram counts for both.

use super::Shard;
use super::buckets::{self, Carry, Directory, GROUPS, Group, ROW, STEP};
use super::site_record::{made, seen};
use crate::thread::Counter;
use crate::thread::state::ThreadState;
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
const HISTOGRAMS: usize = 8;

/// Numbers of blocks below it have a count in place.
const FEW: u64 = 16;

/// Zeroed memory is an empty one.
///
/// PERF: a call finds in three or four cache lines what it counts: the first here, the rows of its magnitudes, and each row.
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct Histograms {
    retained_total: Counter,
    /// Largest values of `BOTH` and `RETAINED`. The smallest are read from the buckets.
    largest: [Counter; 2],
    /// Rows of the histograms from `BYTES` on; made when one gets its first value.
    rare: AtomicPtr<Directory>,
    few: Group,
    rows: Directory,
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
    fn get(self, bucket: usize) -> u64 {
        let steps = seen(self.steps).map_or(0, |carry| carry.get(bucket));
        u64::from(self.group.get(bucket)) + u64::from(steps) * u64::from(STEP)
    }

    /// Sets the whole count of a bucket; `false` where there is no memory for the steps. Only for the owner, with the
    /// shard's lock held or the group not shown yet.
    fn set(self, bucket: usize, count: u64) -> bool {
        let (steps, rest) = (count / u64::from(STEP), (count % u64::from(STEP)) as u16);
        if steps > 0 {
            let Some(carry) = made(self.steps) else { return false };
            carry.set(bucket, steps.min(u64::from(u32::MAX)) as u32);
        } else if let Some(carry) = seen(self.steps) {
            carry.set(bucket, 0);
        }
        self.group.set(bucket, rest);
        true
    }
}

impl Histograms {
    /// Adds a call that did something; `false`, and nothing is added, where it takes [`record_slowly`](Self::record_slowly).
    ///
    /// PERF: everything rare (a new largest value, a new row) is found before anything is written.
    #[inline(always)]
    pub(super) fn record(&self, thread: &ThreadState, [bytes, allocs, peak, retained]: [u64; 4]) -> bool {
        // SAFETY: a record is only written by the thread whose shard holds it, and that is this one.
        let (largest, largest_retained) = unsafe { (self.largest[BOTH].own(), self.largest[RETAINED].own()) };
        if bytes != peak || allocs >= FEW || bytes > largest || retained > largest_retained {
            return false;
        }
        let (bucket, retained_bucket) = (buckets::bucket(bytes), buckets::bucket(retained));
        // SAFETY: as above.
        let (row, retained_row) = unsafe { (self.rows.own_row(bucket), self.rows.own_row(retained_bucket)) };
        if row == 0 || retained_row == 0 {
            return false;
        }
        // SAFETY: as above, so the rows are of the thread's groups.
        unsafe {
            group(thread, row, BOTH).add(bucket, 1);
            group(thread, retained_row, RETAINED).add(retained_bucket, 1);
        }
        self.few.add(allocs as usize, 1);
        self.retained_total.add(retained);
        true
    }

    /// Adds a call that did something.
    pub(super) fn record_slowly(&self, thread: &ThreadState, [bytes, allocs, peak, retained]: [u64; 4]) {
        if bytes == peak {
            self.raise_and_count(thread, BOTH, bytes);
        } else {
            self.raise_and_count(thread, BYTES, bytes);
            self.raise_and_count(thread, PEAK, peak);
        }
        if allocs < FEW {
            self.few.add(allocs as usize, 1);
        } else {
            self.raise_and_count(thread, ALLOCS, allocs);
        }
        self.raise_and_count(thread, RETAINED, retained);
        self.retained_total.add(retained);
    }

    #[inline(always)]
    fn raise_and_count(&self, thread: &ThreadState, which: usize, value: u64) {
        self.largest_of(which).raise(value);
        self.count(thread, which, value);
    }

    #[inline(always)]
    fn largest_of(&self, which: usize) -> &Counter {
        match which {
            BOTH | RETAINED => &self.largest[which],
            _ => &self.other_largest[which - ALLOCS],
        }
    }

    /// The row with the buckets of a histogram around `bucket`; 0 where there is none.
    #[inline(always)]
    fn row(&self, which: usize, bucket: usize) -> usize {
        if which < ROW { self.rows.row(bucket) } else { seen(&self.rare).map_or(0, |rows| rows.row(bucket)) }
    }

    /// Adds one value to a histogram.
    #[inline(always)]
    pub(super) fn count(&self, thread: &ThreadState, which: usize, value: u64) {
        let bucket = buckets::bucket(value);
        let row = self.row(which, bucket);
        if row == 0 {
            return self.add_slowly(thread, which, bucket, 1);
        }
        // SAFETY: as in `record`.
        let count = unsafe { group(thread, row, which) }.add(bucket, 1);
        if count >= 3 * STEP {
            self.carry(thread);
        }
    }

    /// Adds `n` values to a bucket whose count is not full; with the lock held where `n` may be more than 1.
    #[cold]
    #[inline(never)]
    fn add_slowly(&self, thread: &ThreadState, which: usize, bucket: usize, n: u64) {
        // SAFETY: as in `record`.
        let shard = unsafe { &*thread.shard().get() };
        let row = match self.row(which, bucket) {
            0 => self.new_row(shard, which, bucket),
            row => Some(row),
        };
        let placed = row.is_some_and(|row| {
            let counts = shard.counts(row, which % ROW);
            counts.set(bucket, counts.get(bucket) + n)
        });
        if !placed {
            self.unplaced.add(if which == BOTH { 2 * n } else { n });
        }
    }

    fn new_row(&self, shard: &Shard, which: usize, bucket: usize) -> Option<usize> {
        let rows = if which < ROW { &self.rows } else { made(&self.rare)? };
        let row = shard.new_row()?;
        rows.set_row(bucket, row);
        Some(usize::from(row))
    }

    /// Moves full steps out of all counts.
    #[cold]
    #[inline(never)]
    pub(super) fn carry(&self, thread: &ThreadState) {
        // SAFETY: as in `record`.
        let shard = unsafe { &*thread.shard().get() };
        shard.locked(|| {
            self.carry_counts(self.few_counts(), 1);
            for which in 0..HISTOGRAMS {
                for group in 0..GROUPS {
                    let row = self.row(which, group * 16);
                    if row != 0 {
                        self.carry_counts(shard.counts(row, which % ROW), if which == BOTH { 2 } else { 1 });
                    }
                }
            }
        });
    }

    /// Moves full steps out of counts that stand for `values` each.
    fn carry_counts(&self, counts: Counts<'_>, values: u64) {
        for bucket in 0..16 {
            if counts.group.get(bucket) < STEP {
                continue;
            }
            let count = counts.get(bucket);
            if !counts.set(bucket, count) {
                self.unplaced.add(values * count);
                counts.group.set(bucket, 0);
            }
        }
    }

    fn few_counts(&self) -> Counts<'_> {
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

    /// Shows `see` the filled buckets of a histogram and their counts, ascending.
    pub(super) fn each_bucket(&self, shard: &Shard, which: usize, mut see: impl FnMut(usize, u64)) {
        let mut show = |bucket, count| {
            if count > 0 {
                see(bucket, count);
            }
        };
        if which == ALLOCS {
            for allocs in 0..FEW {
                show(buckets::bucket(allocs), self.few_counts().get(allocs as usize));
            }
        }
        for group in 0..GROUPS {
            let row = self.row(which, group * 16);
            if row == 0 {
                continue;
            }
            let counts = shard.counts(row, which % ROW);
            for bucket in group * 16..group * 16 + 16 {
                show(bucket, counts.get(bucket));
            }
        }
    }

    /// Moves everything of `from` into `self` and empties it; both lie in `thread`'s shard, whose lock is held.
    pub(super) fn absorb(&self, thread: &ThreadState, from: &Self) {
        // SAFETY: as in `record`.
        let shard = unsafe { &*thread.shard().get() };
        for which in [BOTH, RETAINED, ALLOCS, BYTES, PEAK] {
            self.largest_of(which).raise(from.largest_of(which).get());
            from.largest_of(which).set(0);
        }
        let (few, few_from) = (self.few_counts(), from.few_counts());
        for allocs in 0..FEW as usize {
            let sum = few.get(allocs) + few_from.get(allocs);
            if !few.set(allocs, sum) {
                self.unplaced.add(few_from.get(allocs));
            }
            few_from.set(allocs, 0);
        }
        for (first, rows) in [(0, Some(&from.rows)), (ROW, seen(&from.rare))] {
            let Some(rows) = rows else { continue };
            for group in 0..GROUPS {
                let row = rows.row(group * 16);
                if row == 0 {
                    continue;
                }
                for which in first..first + ROW {
                    let counts = shard.counts(row, which % ROW);
                    for bucket in group * 16..group * 16 + 16 {
                        let n = counts.get(bucket);
                        counts.set(bucket, 0);
                        if n > 0 {
                            self.add_slowly(thread, which, bucket, n);
                        }
                    }
                }
                rows.set_row(group * 16, 0);
                shard.free_row(row as u16);
            }
        }
        for (mine, theirs) in [(&self.retained_total, &from.retained_total), (&self.unplaced, &from.unplaced)]
        {
            mine.add(theirs.get());
            theirs.set(0);
        }
    }
}

/// A group of a row.
///
/// # Safety
///
/// - `row` must have been given out by the thread's shard.
#[inline(always)]
unsafe fn group(thread: &ThreadState, row: usize, which: usize) -> &Group {
    // SAFETY: rows given out lie within the reservation, which is never unmapped.
    unsafe { &*thread.groups().get().add(row * ROW + which % ROW) }
}
