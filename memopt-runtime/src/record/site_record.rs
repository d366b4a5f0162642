//! What one thread keeps of one site: histograms, extremes, sizes, call time.

use super::buckets::{self, Directory, GROUPS, STEP};
use super::pages;
use super::sizes::SMALL;
use crate::alloc::Counter;
use crate::alloc::local::Local;
use crate::site::Site;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// Bytes, blocks, peak and retained bytes per call; then the two ends of growing `realloc`s and large allocations.
pub(super) const HISTOGRAMS: usize = 7;
pub(super) const BYTES: usize = 0;
pub(super) const ALLOCS: usize = 1;
pub(super) const PEAK: usize = 2;
pub(super) const RETAINED: usize = 3;
pub(super) const GREW_TO: usize = 4;
pub(super) const GREW_FROM: usize = 5;
pub(super) const LARGE: usize = 6;

/// Calls after which full steps are moved out of the counts.
///
/// Invariant: a count stays below 2^16. After a move it is below 2^14. Until the next it grows by these calls and by those
/// that the record's nodes have not told of yet, at most 1.5 times their distance of timed calls each; `timing` keeps
/// the sum of the distances at 2^14.
const CARRY_AFTER: u64 = STEP as u64;
/// Mean number of calls of a node from one timed call to the next.
const TIMED_EVERY: u64 = 256;

/// What one call did.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Measured {
    pub(crate) allocs: u64,
    pub(crate) bytes: u64,
    pub(crate) frees: u64,
    pub(crate) freed: u64,
    /// Highest live bytes above entry.
    pub(crate) peak: u64,
}

impl Measured {
    /// Bytes allocated and not freed at exit, 0 where more was freed.
    #[inline(always)]
    pub(crate) fn retained(&self) -> u64 {
        self.bytes.saturating_sub(self.freed)
    }
}

/// The record of one site on one thread, for one recording. Zeroed memory is an empty one.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Record {
    /// Outermost calls that neither allocated nor freed: they stand for a zero in each histogram.
    idle: Counter,
    retained_total: Counter,
    /// Largest value of each histogram per call. The smallest is read from the buckets.
    largest: [Counter; 4],
    /// Where the buckets of the four histograms per call are.
    per_call: Directory<4>,
    /// Allocations by size, 16 bytes a class.
    pub(super) small: [Counter; SMALL],
    /// Where the buckets of the histograms from `GREW_TO` on are; made when one gets its first value.
    rare: AtomicPtr<Directory<{ HISTOGRAMS - GREW_TO }>>,
    since_carry: Counter,
    /// Nodes that count here.
    nodes: Counter,
    site: AtomicPtr<Site>,
    /// The recording it belongs to, 0 for none.
    pub(super) realm: Counter,
    pub(crate) panics: Counter,
    pub(crate) cancelled: Counter,
    pub(crate) exceeded: Counter,
    /// Values that found no room in a histogram.
    pub(super) unplaced: Counter,
    pub(super) grows: Counter,
    pub(super) shrinks: Counter,
    pub(super) shrunk_bytes: Counter,
    pub(super) samples: Counter,
    pub(super) sampled_weight: Counter,
    pub(super) weighted_ns: Counter,
    pub(super) max_ns: Counter,
    pub(super) observed: Counter,
    pub(super) held: Counter,
    pub(super) used: Counter,
    pub(super) max_slack: Counter,
}

impl Record {
    /// Takes a zeroed record into use.
    pub(super) fn open(&self, site: &'static Site, realm: u64) {
        self.realm.set(realm);
        // Release pairs with the Acquire in `site`: a reader that finds the site sees its realm.
        self.site.store(ptr::from_ref(site).cast_mut(), Ordering::Release);
    }

    /// The site it is of; `None` while it is not in use.
    pub(super) fn site(&self) -> Option<&'static Site> {
        // SAFETY: null, or a `&'static Site` stored by `open`.
        unsafe { self.site.load(Ordering::Acquire).as_ref() }
    }

    /// Adds a finished outermost call.
    ///
    /// PERF: everything rare (a new largest value, a new group) is found before anything is written
    /// and is a jump out of straight code; 4 histograms take about 80 instructions.
    #[inline(always)]
    pub(crate) fn record(&self, local: &Local, call: Measured) {
        if call.allocs | call.frees | call.bytes | call.freed == 0 {
            // PERF: most calls of most programs allocate nothing; one counter stands for four histograms.
            self.idle.add(1);
            return;
        }
        let (bytes, allocs, peak, retained) = (call.bytes, call.allocs, call.peak, call.retained());
        let [b, a, p, r] = [bytes, allocs, peak, retained].map(buckets::bucket);
        let group = |which: usize, bucket: usize| self.per_call.group(which, bucket);
        let (nb, na, np, nr) = (group(BYTES, b), group(ALLOCS, a), group(PEAK, p), group(RETAINED, r));
        let largest = |which: usize| self.largest[which].get();
        if bytes > largest(BYTES)
            || allocs > largest(ALLOCS)
            || peak > largest(PEAK)
            || retained > largest(RETAINED)
            || nb == 0
            || na == 0
            || np == 0
            || nr == 0
        {
            return self.record_slowly(local, bytes, allocs, peak, retained);
        }
        // SAFETY: a record is only written by the thread whose shard holds it, so `shard` is that shard.
        let shard = unsafe { &*local.shard.get() };
        for (number, bucket) in [(nb, b), (na, a), (np, p), (nr, r)] {
            // SAFETY: a non-zero number was given out by that shard and lies within its groups.
            unsafe { shard.group_unchecked(number) }.add(bucket, 1);
        }
        self.retained_total.add(retained);
    }

    #[cold]
    #[inline(never)]
    fn record_slowly(&self, local: &Local, bytes: u64, allocs: u64, peak: u64, retained: u64) {
        for (which, value) in [bytes, allocs, peak, retained].into_iter().enumerate() {
            self.largest[which].raise(value);
            self.count(local, which, value);
        }
        self.retained_total.add(retained);
    }

    fn group(&self, which: usize, bucket: usize) -> usize {
        match which.checked_sub(GREW_TO) {
            None => self.per_call.group(which, bucket),
            Some(rare) => seen(&self.rare).map_or(0, |directory| directory.group(rare, bucket)),
        }
    }

    /// Whether there was room to note the group.
    fn set_group(&self, which: usize, bucket: usize, number: u16) -> bool {
        match which.checked_sub(GREW_TO) {
            None => self.per_call.set_group(which, bucket, number),
            Some(rare) => {
                let Some(directory) = made(&self.rare) else { return false };
                directory.set_group(rare, bucket, number);
            }
        }
        true
    }

    /// Adds one value to a histogram.
    pub(super) fn count(&self, local: &Local, which: usize, value: u64) {
        let bucket = buckets::bucket(value);
        let number = self.group(which, bucket);
        if number == 0 {
            return self.count_slowly(local, which, bucket, 1);
        }
        // SAFETY: a record is only written by the thread whose shard holds it, so `shard` is that shard.
        let count = unsafe { &*local.shard.get() }.group(number).add(bucket, 1);
        if count >= 3 * STEP {
            self.carry(local);
        }
    }

    #[cold]
    #[inline(never)]
    fn count_slowly(&self, local: &Local, which: usize, bucket: usize, n: u64) {
        // SAFETY: as in `count`.
        let shard = unsafe { &*local.shard.get() };
        let Some(number) = shard.new_group().map(usize::from) else {
            self.unplaced.add(n);
            return;
        };
        if !shard.set_count(number, bucket, n) || !self.set_group(which, bucket, number as u16) {
            shard.free_group(number);
            self.unplaced.add(n);
        }
    }

    /// A node counts here from now on.
    pub(super) fn has_node(&self) {
        self.nodes.add(1);
    }

    /// Timed calls so far, and the mean number of calls of one of its nodes from one to the next.
    pub(crate) fn timing(&self) -> (u64, u64) {
        (self.samples.get(), (u64::from(STEP) / self.nodes.get().max(1)).clamp(2, TIMED_EVERY))
    }

    /// Counts `represented` calls towards the next move of full steps; the timed calls come here.
    fn passed(&self, local: &Local, represented: u64) {
        if self.since_carry.add(represented) >= CARRY_AFTER {
            self.since_carry.set(0);
            self.carry(local);
        }
    }

    /// Moves full steps out of all counts.
    #[cold]
    fn carry(&self, local: &Local) {
        // SAFETY: as in `count`.
        let shard = unsafe { &*local.shard.get() };
        shard.locked(|| {
            for which in 0..HISTOGRAMS {
                for group in 0..GROUPS {
                    let number = self.group(which, group * 16);
                    if number != 0 {
                        self.carry_group(shard, number);
                    }
                }
            }
        });
    }

    fn carry_group(&self, shard: &super::Shard, number: usize) {
        for bucket in 0..16 {
            if shard.group(number).get(bucket) < STEP {
                continue;
            }
            let count = shard.count(number, bucket);
            if !shard.set_count(number, bucket, count) {
                self.unplaced.add(count);
                shard.group(number).set(bucket, 0);
            }
        }
    }

    /// Adds a timed call that stands for `weight` calls.
    pub(crate) fn time(&self, local: &Local, ns: u64, weight: u64) {
        self.samples.add(1);
        self.sampled_weight.add(weight);
        self.weighted_ns.add(ns.saturating_mul(weight));
        self.max_ns.raise(ns);
        self.passed(local, weight);
    }

    /// Adds what a collection showed of itself.
    pub(crate) fn observe(&self, held: u64, used: u64) {
        self.observed.add(1);
        self.held.add(held);
        self.used.add(used);
        self.max_slack.raise(held.saturating_sub(used));
    }

    pub(super) fn largest(&self, which: usize) -> u64 {
        self.largest[which].get()
    }

    pub(super) fn idle(&self) -> u64 {
        self.idle.get()
    }

    pub(super) fn retained_total(&self) -> u64 {
        self.retained_total.get()
    }

    /// Shows `see` the filled buckets of a histogram and their counts.
    pub(super) fn each_bucket(&self, shard: &super::Shard, which: usize, mut see: impl FnMut(usize, u64)) {
        for group in 0..GROUPS {
            let number = self.group(which, group * 16);
            if number == 0 {
                continue;
            }
            for bucket in group * 16..group * 16 + 16 {
                let count = shard.count(number, bucket);
                if count > 0 {
                    see(bucket, count);
                }
            }
        }
    }

    /// Moves everything of `from` into `self` and empties it; both lie in `local`'s shard, whose lock is held.
    pub(super) fn absorb(&self, local: &Local, from: &Self) {
        // SAFETY: as in `count`.
        let shard = unsafe { &*local.shard.get() };
        for (mine, theirs) in self.largest.iter().zip(&from.largest) {
            mine.raise(theirs.get());
            theirs.set(0);
        }
        for which in 0..HISTOGRAMS {
            for group in 0..GROUPS {
                let number = from.group(which, group * 16);
                if number == 0 {
                    continue;
                }
                for bucket in group * 16..group * 16 + 16 {
                    let n = shard.count(number, bucket);
                    shard.set_count(number, bucket, 0);
                    match self.group(which, bucket) {
                        _ if n == 0 => {}
                        0 => self.count_slowly(local, which, bucket, n),
                        mine => {
                            let sum = shard.count(mine, bucket) + n;
                            if !shard.set_count(mine, bucket, sum) {
                                self.unplaced.add(n);
                            }
                        }
                    }
                }
                from.set_group(which, group * 16, 0);
                shard.free_group(number);
            }
        }
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
        from.since_carry.set(0);
        from.nodes.set(0);
        from.realm.set(0);
        from.site.store(ptr::null_mut(), Ordering::Release);
    }

    fn sums(&self) -> [&Counter; 15] {
        [
            &self.idle,
            &self.retained_total,
            &self.panics,
            &self.cancelled,
            &self.exceeded,
            &self.unplaced,
            &self.grows,
            &self.shrinks,
            &self.shrunk_bytes,
            &self.samples,
            &self.sampled_weight,
            &self.weighted_ns,
            &self.observed,
            &self.held,
            &self.used,
        ]
    }
}

fn move_count(to: &Counter, from: &Counter) {
    to.add(from.get());
    from.set(0);
}

/// What `place` points to, if it was made.
pub(super) fn seen<T>(place: &AtomicPtr<T>) -> Option<&T> {
    // SAFETY: null, or made by `made` and never freed.
    unsafe { place.load(Ordering::Acquire).as_ref() }
}

/// What `place` points to, made of zeroed memory at the first call; `None` where memory is out.
///
/// Only the owning thread calls it. `T` consists of counters, for which zero bytes are valid.
pub(super) fn made<T>(place: &AtomicPtr<T>) -> Option<&T> {
    made_if(place, pages::book)
}

/// As [`made`], where `book` says whether there may be more memory in use.
pub(super) fn made_if<T>(place: &AtomicPtr<T>, book: fn(usize) -> bool) -> Option<&T> {
    let mut there = place.load(Ordering::Acquire);
    if there.is_null() {
        let shard = Local::with(|local| local.shard.get());
        // SAFETY: null, or the shard of this thread, which the place belongs to; never from within `owned`.
        there = unsafe { shard.as_ref()?.owned(|owned| owned.pieces.cut(book))? };
        // Release pairs with the readers' Acquire: they see the zeroes.
        place.store(there, Ordering::Release);
    }
    // SAFETY: null, or zeroed memory for a `T` that is never freed.
    unsafe { there.as_ref() }
}
