//! What one thread keeps of one site: histograms, sizes, call time.

use super::buckets::STEP;
use super::histograms::Histograms;
use super::pages;
use crate::site::Measured;
use crate::site::Site;
use crate::thread::Counter;
use crate::thread::size_class::SMALL;
use crate::thread::state::ThreadState;
use std::mem::offset_of;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// Calls after which full steps are moved out of the counts.
///
/// Invariant: a count stays below 2^16. After a move it is below 2^14. Until the next it grows by these calls and by those
/// that the record's nodes have not told of yet, at most 1.5 times their distance of timed calls each, for polls and for
/// other entries; `timing` keeps the sum of the distances at 2^13.
const CARRY_AFTER: u64 = STEP as u64;
/// Mean number of calls of a node from one timed call to the next.
const TIMED_EVERY: u64 = 256;

/// The record of one site on one thread, for one recording. Zeroed memory is an empty one.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Record {
    pub(super) histograms: Histograms,
    /// Allocations by size, 16 bytes a class.
    pub(super) small: [Counter; SMALL],
    since_carry: Counter,
    /// Nodes that count here.
    nodes: Counter,
    site: AtomicPtr<Site>,
    /// The recording it belongs to, 0 for none.
    pub(super) recording: Counter,
    pub(crate) panics: Counter,
    pub(crate) cancelled: Counter,
    pub(crate) exceeded: Counter,
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
    pub(super) fn open(&self, site: &'static Site, recording: u64) {
        self.recording.set(recording);
        // Release pairs with the Acquire in `site`: a reader that finds the site sees its recording.
        self.site.store(ptr::from_ref(site).cast_mut(), Ordering::Release);
    }

    /// The site it is of; `None` while it is not in use.
    pub(super) fn site(&self) -> Option<&'static Site> {
        // SAFETY: null, or a `&'static Site` stored by `open`.
        unsafe { self.site.load(Ordering::Acquire).as_ref() }
    }

    /// Its size classes, as the nodes that count here keep them.
    pub(super) fn sizes(&self) -> *mut Counter {
        ptr::from_ref(self).cast_mut().wrapping_byte_add(offset_of!(Self, small)).cast()
    }

    /// The record whose size classes those are; `None` for null.
    ///
    /// # Safety
    ///
    /// - `sizes` must be null or come from [`sizes`](Self::sizes) of a record that is still there.
    #[inline(always)]
    pub(super) unsafe fn of_sizes(sizes: *mut Counter) -> Option<&'static Self> {
        if sizes.is_null() {
            return None;
        }
        // SAFETY: the caller's word; `sizes` was made from the address of the whole record.
        Some(unsafe { &*sizes.byte_sub(offset_of!(Self, small)).cast::<Self>() })
    }

    /// Adds a finished outermost call that did something; `false`, and nothing is added, where it takes
    /// [`record_slowly`](Self::record_slowly).
    #[inline(always)]
    pub(crate) fn record(&self, thread: &ThreadState, call: Measured) -> bool {
        self.histograms.record(thread, call.values())
    }

    /// As [`record`](Self::record), for whatever [values](Measured::values).
    pub(crate) fn record_slowly(&self, thread: &ThreadState, values: [u64; 4]) {
        self.histograms.record_slowly(thread, values);
    }

    /// A node counts here from now on.
    pub(super) fn has_node(&self) {
        self.nodes.add(1);
    }

    /// Timed calls so far, and the mean number of calls of one of its nodes from one to the next.
    pub(crate) fn timing(&self) -> (u64, u64) {
        (self.samples.get(), (u64::from(STEP) / 2 / self.nodes.get().max(1)).clamp(2, TIMED_EVERY))
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
        self.samples.add(1);
        self.sampled_weight.add(weight);
        self.weighted_ns.add(ns.saturating_mul(weight));
        self.max_ns.raise(ns);
        self.passed(thread, weight);
    }

    /// Adds what a collection showed of itself.
    pub(crate) fn observe(&self, held: u64, used: u64) {
        self.observed.add(1);
        self.held.add(held);
        self.used.add(used);
        self.max_slack.raise(held.saturating_sub(used));
    }

    /// Moves everything of `from` into `self` and empties it; both lie in `thread`'s shard, whose lock is held.
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
        from.since_carry.set(0);
        from.nodes.set(0);
        from.recording.set(0);
        from.site.store(ptr::null_mut(), Ordering::Release);
    }

    fn sums(&self) -> [&Counter; 12] {
        [
            &self.panics,
            &self.cancelled,
            &self.exceeded,
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
        let shard = ThreadState::with(|thread| thread.shard().get());
        // SAFETY: null, or the shard of this thread, which the place belongs to; never from within `owned`.
        there = unsafe { shard.as_ref()?.owned(|owned| owned.pieces.cut(book))? };
        // Release pairs with the readers' Acquire: they see the zeroes.
        place.store(there, Ordering::Release);
    }
    // SAFETY: null, or zeroed memory for a `T` that is never freed.
    unsafe { there.as_ref() }
}
