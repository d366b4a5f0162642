//! What one thread keeps of one site: histograms, sizes, call time.

use super::buckets::STEP;
use super::histograms::Histograms;
use super::times::{First, Times};
use crate::machine::at;
use crate::site::Measured;
use crate::site::Site;
use crate::thread::Counter;
use crate::thread::size_class::SMALL;
use crate::thread::state::ThreadState;
use std::mem::offset_of;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// Mean number of calls of a node from one timed call to the next.
const TIMED_EVERY: u64 = 256;

/// The record of one site on one thread, for one recording. Zeroed memory is an empty one.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Record {
    pub(super) histograms: Histograms,
    /// Allocations by size, 16 bytes a class.
    pub(super) small: [Counter; SMALL],
    pub(super) since_carry: Counter,
    /// Nodes that count here.
    nodes: Counter,
    site: AtomicPtr<Site>,
    /// The recording it belongs to, 0 for none.
    pub(super) recording: Counter,
    pub(crate) panics: Counter,
    pub(crate) cancelled: Counter,
    pub(crate) exceeded: Counter,
    /// Calls that another's end closed.
    pub(crate) out_of_order: Counter,
    /// Blocks of its routed calls that the region did not serve.
    pub(super) passed_on: Counter,
    pub(super) grows: Counter,
    pub(super) shrinks: Counter,
    pub(super) shrunk_bytes: Counter,
    pub(super) samples: Counter,
    pub(super) sampled_weight: Counter,
    pub(super) weighted_ns: Counter,
    pub(super) max_ns: Counter,
    pub(super) first: First,
    /// Made with the second timed call.
    pub(super) times: AtomicPtr<Times>,
    pub(super) observed: Counter,
    pub(super) held: Counter,
    pub(super) used: Counter,
    pub(super) max_slack: Counter,
}

impl Record {
    /// Takes a zeroed record into use.
    pub(super) fn open(&self, site: &'static Site, recording: u64) {
        self.recording.set(recording);
        // Release pairs with the Acquire in `site`: a reader that finds the site sees its
        // recording.
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
        // SAFETY: the caller's word.
        Some(unsafe { Self::at_sizes(sizes) })
    }

    /// As [`of_sizes`](Self::of_sizes), of what is not null.
    ///
    /// # Safety
    ///
    /// - `sizes` must come from [`sizes`](Self::sizes) of a record that is still there.
    #[inline(always)]
    pub(super) unsafe fn at_sizes(sizes: *mut Counter) -> &'static Self {
        // SAFETY: the caller's word; `sizes` was made from the address of the whole record.
        unsafe { at(sizes.byte_sub(offset_of!(Self, small)).cast::<Self>()) }
    }

    /// Adds a finished outermost call that did something; `false`, and nothing is added, where it
    /// takes [`record_slow_path`](Self::record_slow_path).
    #[inline(always)]
    pub(crate) fn record(&self, thread: &ThreadState, call: Measured) -> bool {
        self.histograms.record(thread, call.values())
    }

    /// A node counts here from now on.
    pub(super) fn has_node(&self) {
        self.nodes.add(1);
    }

    /// Timed calls so far, and the mean number of calls of one of its nodes from one to the next.
    pub(crate) fn timing(&self) -> (u64, u64) {
        (self.samples.get(), (u64::from(STEP) / 2 / self.nodes.get().max(1)).clamp(2, TIMED_EVERY))
    }

    /// Adds what a collection showed of itself.
    pub(crate) fn observe(&self, held: u64, used: u64) {
        self.observed.add(1);
        self.held.add(held);
        self.used.add(used);
        self.max_slack.raise(held.saturating_sub(used));
    }
    /// What is added up where two records become one.
    pub(super) fn sums(&self) -> [&Counter; 16] {
        [
            &self.panics,
            &self.cancelled,
            &self.exceeded,
            &self.out_of_order,
            &self.passed_on,
            &self.grows,
            &self.shrinks,
            &self.shrunk_bytes,
            &self.samples,
            &self.sampled_weight,
            &self.weighted_ns,
            &self.first.calls,
            &self.first.ns,
            &self.observed,
            &self.held,
            &self.used,
        ]
    }

    /// Takes a record out of use whose values were moved to another.
    pub(super) fn close(&self) {
        self.since_carry.set(0);
        self.nodes.set(0);
        self.recording.set(0);
        self.site.store(ptr::null_mut(), Ordering::Release);
    }
}
