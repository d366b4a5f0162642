//! Nodes of the scope tree.

use super::site_record::Record;
use crate::site::Site;
use crate::site::routing::Routing;
use crate::sync::Word;
use crate::thread::Counter;
use std::ptr;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicPtr, AtomicU16, AtomicU32, AtomicU64, fence};

/// A site as entered from one chain of sites, on one thread. Zeroed memory is a free node.
///
/// Traffic flows along edges: `entered` sums every activation. A node's own traffic is what entered
/// it less what entered its children by the tree, less what left it by other ways (see [`Flow`]).
///
/// PERF: what a call touches is one cache line; a call that did nothing touches the second too.
#[derive(Debug)]
#[repr(C, align(128))]
pub(crate) struct Node {
    /// The [`child_key`](Self::child_key) it is found by; 0 where it is not found so.
    pub(super) key: AtomicU64,
    /// Twice the finished calls, plus one while a frame of it is open.
    pub(super) calls: AtomicU64,
    /// The number of finished calls from which on its frames are opened slowly: the next is timed,
    /// or all are (0) because something more is to be done for them.
    pub(super) gate: AtomicU64,
    /// The size classes of the record, null at the root.
    pub(super) sizes: AtomicPtr<Counter>,
    pub(crate) allocs: Counter,
    pub(crate) bytes: Counter,
    pub(crate) frees: Counter,
    pub(crate) freed: Counter,
    /// Outermost calls that neither allocated nor freed: they stand for a zero in each histogram.
    pub(crate) idle: Counter,
    pub(crate) reallocs: Counter,
    pub(crate) copied: Counter,
    pub(super) flow: AtomicPtr<Flow>,
    parent: AtomicPtr<Node>,
    /// Its site; at the root of a recording, the number of the recording.
    site: AtomicPtr<Site>,
    /// Entries until the next timed one, where the gate does not tell: of polls, and where it is
    /// always 0.
    left: AtomicU32,
    /// Frames of it now open on the thread, without the first.
    nested: AtomicU32,
    /// What its calls get: a [`Routing`]; all its frames are opened slowly where that is not 0. Who
    /// sets it sets `gate` to 0 after; a change that meets the owner's own store is taken up at the
    /// next timed call.
    routing: AtomicU32,
    depth: AtomicU16,
    /// [`Node::USED`] and what else is true of it.
    state: AtomicU16,
}

/// Traffic that enters or leaves a node other than by the tree: recursion, carried contexts,
/// overflow.
#[derive(Debug)]
pub(crate) struct Flow {
    pub(crate) entering: [Counter; 4],
    pub(crate) leaving: [Counter; 4],
    /// Calls entered while the node was open already.
    pub(crate) recursive: Counter,
}

impl Node {
    pub(super) const USED: u16 = 1;
    /// The root of a recording: no site, its own traffic is that of its parent.
    pub(super) const RECORDING: u16 = 2;

    /// Takes a zeroed node into use.
    pub(super) fn open(&self, parent: &Self, what: &NodeOf) {
        self.parent.store(ptr::from_ref(parent).cast_mut(), Relaxed);
        self.depth.store(parent.depth() + 1, Relaxed);
        let state = match *what {
            NodeOf::Site { site, record } => {
                self.key.store(parent.child_key(site), Relaxed);
                self.site.store(ptr::from_ref(site).cast_mut(), Relaxed);
                record.has_node();
                self.sizes.store(record.sizes(), Relaxed);
                self.routing.store(site.routing().0, Relaxed);
                Self::USED
            }
            NodeOf::RecordingId { id, scratch } => {
                // What is allocated directly in the recording counts for the scope around it; where
                // there is none, `scratch` takes the sizes, so that peaks and `realloc`s are seen.
                let around = parent.sizes();
                self.sizes.store(if around.is_null() { scratch.sizes() } else { around }, Relaxed);
                self.site.store(ptr::without_provenance_mut(id as usize), Relaxed);
                Self::USED | Self::RECORDING
            }
        };
        // Release pairs with the Acquire in `is_used`: a reader sees the node whole.
        self.state.store(state, Release);
    }

    /// Takes the zeroed first node of a shard into use: the thread itself.
    pub(super) fn open_root(&self) {
        self.state.store(Self::USED, Release);
    }

    pub(super) fn close(&self) {
        if let Some(flow) = self.flow() {
            for counter in flow.entering.iter().chain(&flow.leaving).chain([&flow.recursive]) {
                counter.set(0);
            }
        }
        for counter in [
            &self.allocs,
            &self.bytes,
            &self.frees,
            &self.freed,
            &self.idle,
            &self.reallocs,
            &self.copied,
        ] {
            counter.set(0);
        }
        for word in [&self.key, &self.calls, &self.gate] {
            word.store(0, Relaxed);
        }
        self.left.store(0, Relaxed);
        self.routing.store(0, Relaxed);
        self.sizes.store(ptr::null_mut(), Relaxed);
        self.site.store(ptr::null_mut(), Relaxed);
        self.state.store(0, Release);
    }

    pub(super) fn is_used(&self) -> bool {
        self.state.load(Acquire) & Self::USED != 0
    }

    pub(super) fn is_recording(&self) -> bool {
        self.state.load(Relaxed) & Self::RECORDING != 0
    }

    pub(crate) fn site(&self) -> Option<&'static Site> {
        if self.is_recording() {
            return None;
        }
        // SAFETY: null, or a `&'static Site` stored by `open`.
        unsafe { self.site.load(Relaxed).as_ref() }
    }

    /// The record of its site; a recording's root has that of its parent, the thread's root has
    /// none.
    #[inline(always)]
    pub(crate) fn record(&self) -> Option<&'static Record> {
        // SAFETY: null, or the sizes of a record, as stored by `open`.
        unsafe { Record::of_sizes(self.sizes()) }
    }

    /// The record of a node that is a site's.
    ///
    /// # Safety
    ///
    /// - It must be the node of a site.
    #[inline(always)]
    pub(crate) unsafe fn record_of_site(&self) -> &'static Record {
        // SAFETY: the sizes of a record, as stored by `open`.
        unsafe { Record::at_sizes(self.sizes()) }
    }

    pub(crate) fn parent(&self) -> Option<&'static Self> {
        // SAFETY: null, or a node of the same shard, which is never unmapped.
        unsafe { self.parent.load(Relaxed).as_ref() }
    }

    /// Whether it is the thread itself.
    #[inline(always)]
    pub(crate) fn is_root(&self) -> bool {
        self.parent.load(Relaxed).is_null()
    }

    pub(crate) fn is_child_of(&self, node: &Self) -> bool {
        ptr::eq(self.parent.load(Relaxed), node)
    }

    /// The number of the recording it lies in, 0 for none.
    pub(crate) fn recording(&self) -> u64 {
        if self.is_recording() {
            return self.site.load(Relaxed).addr() as u64;
        }
        self.record().map_or(0, |record| record.recording.get())
    }

    pub(super) fn depth(&self) -> u16 {
        self.depth.load(Relaxed)
    }

    #[inline(always)]
    pub(crate) fn sizes(&self) -> *mut Counter {
        self.sizes.read()
    }

    /// What tells a child: its site's address, and its parent's number in the bits above. Never 0.
    ///
    /// Two children of a shard have different keys: its nodes lie within 4 MiB and 128 bytes apart,
    /// so the bits of a parent's address that come to lie above bit 47 are its own, and the
    /// addresses of two statics differ below bit 48.
    #[inline(always)]
    pub(crate) fn child_key(&self, site: *const Site) -> u64 {
        ((ptr::from_ref(self).addr() as u64) << 41).wrapping_add(site.addr() as u64)
    }

    pub(crate) fn key(&self) -> u64 {
        self.key.load(Relaxed)
    }

    /// As [`key`](Self::key), for the owner.
    ///
    /// # Safety
    ///
    /// - Only the thread whose shard holds the node may call it.
    #[inline(always)]
    pub(crate) unsafe fn own_key(&self) -> u64 {
        // SAFETY: the caller's word.
        unsafe { self.key.own() }
    }

    /// Whether a frame of it can be opened with nothing more to do: none is open, and the call is
    /// not to be timed.
    ///
    /// PERF: the bit of the open frame becomes the highest, so one comparison tells both.
    #[inline(always)]
    pub(crate) fn is_quick(&self) -> bool {
        self.calls.read().rotate_right(1) < self.gate.read()
    }

    /// Whether the gate is reached.
    pub(crate) fn is_due(&self) -> bool {
        self.calls() >= self.gate.read()
    }

    /// Whether frames may be opened quickly at all: its site has no budget, its allocations no
    /// other way.
    pub(crate) fn is_quick_at_times(&self) -> bool {
        self.routing().is_off() && !self.site().is_some_and(Site::has_budget)
    }

    /// What its calls get.
    pub(crate) fn routing(&self) -> Routing {
        Routing(self.routing.load(Relaxed))
    }

    /// Sets what its calls get, from any thread.
    pub(crate) fn set_routing(&self, routing: Routing) {
        self.routing.store(routing.0, Relaxed);
        self.gate.store(0, Relaxed);
    }

    /// Lets frames be opened quickly until `calls` more have finished, if they may.
    pub(crate) fn quick_for(&self, calls: u64) {
        let gate = if self.is_quick_at_times() { self.calls() + calls } else { 0 };
        self.gate.store(gate, Relaxed);
    }

    /// Counts an entry where the gate does not tell; whether it is to be timed, and the next after
    /// `gap`.
    pub(crate) fn counts_down(&self, gap: u64) -> bool {
        let left = self.left.load(Relaxed);
        self.left.store(left.checked_sub(1).unwrap_or(gap as u32 - 1), Relaxed);
        left == 0
    }

    /// Counts a quick poll; `false`, and nothing is counted, where it is to be timed.
    #[inline(always)]
    pub(crate) fn counts_down_quickly(&self) -> bool {
        let left = self.left.load(Relaxed);
        if left == 0 {
            return false;
        }
        self.left.store(left - 1, Relaxed);
        true
    }

    /// Finished calls.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.read() >> 1
    }

    /// Adds finished calls.
    pub(crate) fn add_calls(&self, calls: u64) {
        self.calls.store(self.calls.read().wrapping_add(2 * calls), Relaxed);
    }

    /// A frame of it opens where none was open.
    #[inline(always)]
    pub(crate) fn opens_first(&self) {
        self.calls.write(self.calls.read().wrapping_add(1));
    }

    /// The only frame of it closes; its call is finished or, where `goes_on`, is not.
    ///
    /// Comes before the frame's traffic is added, so that a reader that still finds the node open
    /// has not read that traffic yet.
    #[inline(always)]
    pub(crate) fn closes_last(&self, goes_on: bool) {
        let calls = self.calls.read();
        self.calls.write(if goes_on { calls.wrapping_sub(1) } else { calls.wrapping_add(1) });
        // Orders the store above before those that follow (no instruction on x86-64); pairs with
        // the Acquire fence in `read`.
        fence(Release);
    }

    /// A frame of it opens; whether another is open.
    pub(crate) fn opens(&self) -> bool {
        if self.active() == 0 {
            self.opens_first();
            return false;
        }
        self.nested.store(self.nested.load(Relaxed) + 1, Relaxed);
        true
    }

    /// A frame of it closes; whether another stays open. The call is not finished by that.
    pub(crate) fn closes(&self) -> bool {
        match self.nested.load(Relaxed) {
            0 => self.closes_last(true),
            nested => self.nested.store(nested - 1, Relaxed),
        }
        self.active() > 0
    }

    /// Frames of it now open on the thread.
    pub(super) fn active(&self) -> u32 {
        (self.calls.read() & 1) as u32 + self.nested.load(Relaxed)
    }

    /// Adds an activation's traffic.
    #[inline(always)]
    pub(crate) fn enter(&self, traffic: [u64; 4]) {
        self.allocs.add(traffic[0]);
        self.bytes.add(traffic[1]);
        self.frees.add(traffic[2]);
        self.freed.add(traffic[3]);
    }

    /// What entered it: allocs, bytes, frees, freed bytes.
    pub(super) fn entered(&self) -> [u64; 4] {
        [self.allocs.get(), self.bytes.get(), self.frees.get(), self.freed.get()]
    }

    pub(super) fn flow(&self) -> Option<&Flow> {
        // SAFETY: null, or made by `make_flow` and never freed.
        unsafe { self.flow.load(Acquire).as_ref() }
    }
}

/// What a node stands for.
pub(super) enum NodeOf {
    Site { site: &'static Site, record: &'static Record },
    RecordingId { id: u64, scratch: &'static Record },
}
