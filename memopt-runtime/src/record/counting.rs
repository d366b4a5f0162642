//! Values that are added to a record, room for them made where there is none.

use super::buckets::{self, GREATEST, GROUPS, ROW, STEP};
use super::extras::made;
use super::histograms::{
    ALLOCS, BOTH, BYTES, Counts, FEW, HISTOGRAMS, Histograms, PEAK, RETAINED, group,
};
use super::pieces::seen;
use super::shard::Shard;
use super::site_record::Record;
use super::times::{Times, range};
#[cfg(doc)]
use crate::site::Measured;
use crate::thread::state::ThreadState;

/// Calls after which full steps are moved out of the counts.
///
/// Invariant: a count stays below 2^16. After a move it is below 2^14. Until the next it grows by
/// these calls and by those that the record's nodes have not told of yet, at most 1.5 times their
/// distance of timed calls each, for polls and for other entries; `timing` keeps the sum of the
/// distances at 2^13.
const CARRY_AFTER: u64 = STEP as u64;

impl Record {
    /// As [`record`](Self::record), for whatever [values](Measured::values).
    pub(crate) fn record_slow_path(&self, thread: &ThreadState, values: [u64; 4]) {
        self.histograms.record_slow_path(thread, values);
    }

    /// Counts `represented` calls towards the next move of full steps; the timed calls come here.
    fn passed(&self, thread: &ThreadState, represented: u64) {
        if self.since_carry.add(represented) >= CARRY_AFTER {
            self.since_carry.set(0);
            self.histograms.carry(thread);
        }
    }

    /// Adds a timed call that stands for `weight` calls.
    pub(crate) fn time(&self, thread: &ThreadState, ns: u64, weight: u64) {
        if self.samples.get() == 0 {
            self.first.calls.add(1);
            self.first.ns.add(ns);
        } else if let Some(times) = made(&self.times) {
            times.add(ns, weight);
        }
        self.samples.add(1);
        self.sampled_weight.add(weight);
        self.weighted_ns.add(ns.saturating_mul(weight));
        self.max_ns.raise(ns);
        self.passed(thread, weight);
    }
}

impl Times {
    /// A call took so long and stands for `weight` calls. It is left out where memory is out.
    pub(super) fn add(&self, ns: u64, weight: u64) {
        self.add_to(range(ns), weight);
    }

    pub(super) fn add_to(&self, range: usize, weight: u64) {
        let (calls, range) = self.place(range);
        if let Some(calls) = made(calls) {
            calls.add(range, weight);
        }
    }
}

impl Histograms {
    /// Adds a call that did something.
    fn record_slow_path(&self, thread: &ThreadState, [bytes, allocs, peak, retained]: [u64; 4]) {
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
        let value = value.min(GREATEST);
        self.largest_of(which).raise(value);
        self.count(thread, which, value);
    }

    /// Adds one value to a histogram.
    #[inline(always)]
    pub(super) fn count(&self, thread: &ThreadState, which: usize, value: u64) {
        let bucket = buckets::bucket(value);
        let row = self.row(which, bucket);
        if row == 0 {
            return self.add_slow_path(thread, which, bucket, 1);
        }
        // SAFETY: as in `Histograms::record`.
        let count = unsafe { group(thread, row, which) }.add(bucket, 1);
        if count >= 3 * STEP {
            self.carry(thread);
        }
    }

    /// Adds `n` values to a bucket whose count is not full; with the lock held where `n` may be
    /// more than 1.
    #[cold]
    #[inline(never)]
    pub(super) fn add_slow_path(&self, thread: &ThreadState, which: usize, bucket: usize, n: u64) {
        // SAFETY: as in `Histograms::record`.
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
    fn carry(&self, thread: &ThreadState) {
        // SAFETY: as in `Histograms::record`.
        let shard = unsafe { &*thread.shard().get() };
        shard.locked(|| {
            self.carry_counts(self.few_counts(), 1);
            for which in 0..HISTOGRAMS {
                for group in 0..GROUPS {
                    let row = self.row(which, group * 16);
                    if row != 0 {
                        self.carry_counts(
                            shard.counts(row, which % ROW),
                            if which == BOTH { 2 } else { 1 },
                        );
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
}

impl Counts<'_> {
    /// Sets the whole count of a bucket; `false` where there is no memory for the steps. Only for
    /// the owner, with the shard's lock held or the group not shown yet.
    pub(super) fn set(self, bucket: usize, count: u64) -> bool {
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
