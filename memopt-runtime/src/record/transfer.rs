//! A record that becomes part of another: its values move over, and it is empty.

use super::buckets::{GROUPS, ROW};
use super::extras::made;
use super::histograms::{ALLOCS, BOTH, BYTES, FEW, Histograms, PEAK, RETAINED};
use super::pieces::seen;
use super::site_record::Record;
use crate::thread::Counter;
use crate::thread::state::ThreadState;

impl Record {
    /// Moves everything of `from` into `self` and empties it; both lie in `thread`'s shard, whose
    /// lock is held.
    pub(super) fn absorb(&self, thread: &ThreadState, from: &Self) {
        self.histograms.absorb(thread, &from.histograms);
        for (mine, theirs) in self.small.iter().zip(&from.small) {
            move_count(mine, theirs);
        }
        for (mine, theirs) in self.sums().into_iter().zip(from.sums()) {
            move_count(mine, theirs);
        }
        for (mine, theirs) in [(&self.max_ns, &from.max_ns), (&self.max_slack, &from.max_slack)] {
            mine.raise(theirs.get());
            theirs.set(0);
        }
        if let Some(theirs) = seen(&from.times) {
            let mine = made(&self.times);
            theirs.take(|range, calls| {
                if let Some(mine) = mine {
                    mine.add_to(range, calls);
                }
            });
        }
        from.close();
    }
}

impl Histograms {
    /// Moves everything of `from` into `self` and empties it; both lie in `thread`'s shard, whose
    /// lock is held.
    fn absorb(&self, thread: &ThreadState, from: &Self) {
        // SAFETY: as in `Histograms::record`.
        let shard = unsafe { &*thread.shard().get() };
        for which in [BOTH, RETAINED, ALLOCS, BYTES, PEAK] {
            // It stays within its bound: `from` keeps it too.
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
                            self.add_slow_path(thread, which, bucket, n);
                        }
                    }
                }
                rows.set_row(group * 16, 0);
                shard.free_row(row as u16);
            }
        }
        for (mine, theirs) in
            [(&self.retained_total, &from.retained_total), (&self.unplaced, &from.unplaced)]
        {
            mine.add(theirs.get());
            theirs.set(0);
        }
    }
}

fn move_count(to: &Counter, from: &Counter) {
    to.add(from.get());
    from.set(0);
}
