//! Nodes of the scope tree and the frames of open scopes.

use super::site_record::made_if;
use super::{Record, pages};
use crate::alloc::Counter;
use crate::site::Site;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

/// A site as entered from one chain of sites, on one thread. Zeroed memory is a free node.
///
/// Traffic flows along edges: `entered` sums every activation. A node's own traffic is what entered it less
/// what entered its children by the tree, less what left it by other ways (see [`Flow`]).
#[derive(Debug)]
#[repr(C, align(128))]
pub(crate) struct Node {
    /// Frames of this node now open on the thread.
    active: AtomicU32,
    /// Calls until the next timed one.
    pub(crate) countdown: AtomicU32,
    record: AtomicPtr<Record>,
    /// The size classes of the record, null at the root.
    sizes: AtomicPtr<Counter>,
    pub(crate) allocs: Counter,
    pub(crate) bytes: Counter,
    pub(crate) frees: Counter,
    pub(crate) freed: Counter,
    pub(crate) calls: Counter,
    pub(crate) reallocs: Counter,
    pub(crate) copied: Counter,
    flow: AtomicPtr<Flow>,
    parent: AtomicPtr<Node>,
    site: AtomicPtr<Site>,
    realm: AtomicU64,
    depth: AtomicU32,
    /// Where the blocks of its calls come from: a [`Route`](crate::alloc::region::Route), 0 for the inner allocator.
    pub(crate) route: AtomicU32,
    /// [`Node::USED`] and what else is true of it.
    state: AtomicU32,
}

/// Traffic that enters or leaves a node other than by the tree: recursion, carried contexts, overflow.
#[derive(Debug)]
pub(crate) struct Flow {
    pub(crate) entering: [Counter; 4],
    pub(crate) leaving: [Counter; 4],
    /// Calls entered while the node was open already.
    pub(crate) recursive: Counter,
}

impl Node {
    pub(super) const USED: u32 = 1;
    /// The root of a recording: no site, its own traffic is that of its parent.
    pub(super) const REALM: u32 = 2;
    /// Takes a zeroed node into use.
    pub(super) fn open(&self, parent: &Self, what: &NodeOf) {
        let relaxed = Ordering::Relaxed;
        self.parent.store(ptr::from_ref(parent).cast_mut(), relaxed);
        self.depth.store(parent.depth.load(relaxed) + 1, relaxed);
        let state = match *what {
            NodeOf::Site { site, record } => {
                self.site.store(ptr::from_ref(site).cast_mut(), relaxed);
                self.record.store(ptr::from_ref(record).cast_mut(), relaxed);
                record.has_node();
                self.sizes.store(record.small.as_ptr().cast_mut(), relaxed);
                self.realm.store(parent.realm(), relaxed);
                self.route.store(site.route() as u32, relaxed);
                Self::USED
            }
            NodeOf::Realm { id, scratch } => {
                // What is allocated directly in the recording counts for the scope around it; where there is
                // none, `scratch` takes the sizes, so that peaks and `realloc`s are seen.
                let around = parent.sizes.load(relaxed);
                let sizes = if around.is_null() { scratch.small.as_ptr().cast_mut() } else { around };
                self.record.store(parent.record.load(relaxed), relaxed);
                self.sizes.store(sizes, relaxed);
                self.realm.store(id, relaxed);
                Self::USED | Self::REALM
            }
        };
        // Release pairs with the Acquire in `is_used`: a reader sees the node whole.
        self.state.store(state, Ordering::Release);
    }

    /// Takes the zeroed first node of a shard into use: the thread itself.
    pub(super) fn open_root(&self) {
        self.state.store(Self::USED, Ordering::Release);
    }

    pub(super) fn close(&self) {
        if let Some(flow) = self.flow() {
            for counter in flow.entering.iter().chain(&flow.leaving).chain([&flow.recursive]) {
                counter.set(0);
            }
        }
        for counter in
            [&self.allocs, &self.bytes, &self.frees, &self.freed, &self.calls, &self.reallocs, &self.copied]
        {
            counter.set(0);
        }
        self.countdown.store(0, Ordering::Relaxed);
        self.route.store(0, Ordering::Relaxed);
        self.record.store(ptr::null_mut(), Ordering::Relaxed);
        self.sizes.store(ptr::null_mut(), Ordering::Relaxed);
        self.site.store(ptr::null_mut(), Ordering::Relaxed);
        self.state.store(0, Ordering::Release);
    }

    pub(super) fn is_used(&self) -> bool {
        self.state.load(Ordering::Acquire) & Self::USED != 0
    }

    pub(super) fn is_realm(&self) -> bool {
        self.state.load(Ordering::Relaxed) & Self::REALM != 0
    }

    pub(crate) fn site(&self) -> Option<&'static Site> {
        // SAFETY: null, or a `&'static Site` stored by `open`.
        unsafe { self.site.load(Ordering::Relaxed).as_ref() }
    }

    /// The record of its site; a recording's root has that of its parent, the thread's root has none.
    #[inline(always)]
    pub(crate) fn record(&self) -> Option<&'static Record> {
        // SAFETY: null, or a record of the same shard, which is never unmapped.
        unsafe { self.record.load(Ordering::Relaxed).as_ref() }
    }

    pub(super) fn parent(&self) -> Option<&'static Self> {
        // SAFETY: null, or a node of the same shard, which is never unmapped.
        unsafe { self.parent.load(Ordering::Relaxed).as_ref() }
    }

    pub(crate) fn is_child_of(&self, node: &Self) -> bool {
        ptr::eq(self.parent.load(Ordering::Relaxed), node)
    }

    pub(super) fn realm(&self) -> u64 {
        self.realm.load(Ordering::Relaxed)
    }

    pub(super) fn depth(&self) -> u32 {
        self.depth.load(Ordering::Relaxed)
    }

    #[inline(always)]
    pub(crate) fn sizes(&self) -> *mut Counter {
        self.sizes.load(Ordering::Relaxed)
    }

    /// A frame of it opens.
    #[inline(always)]
    pub(crate) fn opens(&self) {
        self.active.store(self.active.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    /// Whether just one frame of it is open.
    #[inline(always)]
    pub(crate) fn is_open_once(&self) -> bool {
        self.active.load(Ordering::Relaxed) == 1
    }

    /// A frame of it closes; whether another stays open.
    ///
    /// Comes before the frame's traffic is added, so that a reader that still finds the node open has not
    /// read that traffic yet.
    #[inline(always)]
    pub(crate) fn closes(&self) -> bool {
        let open = self.active.load(Ordering::Relaxed) - 1;
        self.active.store(open, Ordering::Relaxed);
        // Orders the store above before those that follow (no instruction on x86-64); pairs with the Acquire
        // fence in `read`.
        std::sync::atomic::fence(Ordering::Release);
        open > 0
    }

    pub(super) fn active(&self) -> u32 {
        self.active.load(Ordering::Relaxed)
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
        unsafe { self.flow.load(Ordering::Acquire).as_ref() }
    }

    /// Its flow, made at the first call, past the cap too (72 bytes a node); `None` where the system has no memory.
    pub(crate) fn make_flow(&self) -> Option<&Flow> {
        made_if(&self.flow, pages::book_always)
    }

    /// Notes traffic that went from `self` into `to` by another way than the tree.
    pub(crate) fn flows_into(&self, to: &Self, traffic: [u64; 4]) {
        // Both or none, else a block would be counted twice.
        if let (Some(from), Some(to)) = (self.make_flow(), to.make_flow()) {
            for (counter, n) in from.leaving.iter().zip(traffic) {
                counter.add(n);
            }
            for (counter, n) in to.entering.iter().zip(traffic) {
                counter.add(n);
            }
        }
    }
}

/// What a node stands for.
pub(super) enum NodeOf {
    Site { site: &'static Site, record: &'static Record },
    Realm { id: u64, scratch: &'static Record },
}

/// An open scope: its node and the thread's counters at entry.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct Frame {
    node: AtomicPtr<Node>,
    pub(crate) allocs: Counter,
    pub(crate) bytes: Counter,
    pub(crate) frees: Counter,
    pub(crate) freed: Counter,
    /// The peak of the scope around it, to go on with.
    pub(crate) peak: Counter,
    /// Time of entry, where the frame is [`TIMED`](Self::TIMED).
    pub(crate) started: Counter,
    pub(crate) flags: AtomicU32,
    /// Calls the timed one stands for.
    pub(crate) weight: AtomicU32,
}

impl Frame {
    /// Entered other than by the tree.
    pub(crate) const CROSSED: u32 = 1;
    /// Its guard was dropped while another recording was on: to be closed on return.
    pub(crate) const CLOSED: u32 = 2;
    /// Entered while its thread was already panicking.
    pub(crate) const PANICKING: u32 = 4;
    /// A carried context or a recording: no call of its own.
    pub(crate) const CARRIED: u32 = 8;
    /// The call is timed.
    pub(crate) const TIMED: u32 = 16;
    /// The site has a budget.
    pub(crate) const BUDGET: u32 = 32;
    /// Its blocks come from the region.
    pub(crate) const ROUTED: u32 = 64;

    #[inline(always)]
    pub(crate) fn node(&self) -> &'static Node {
        // SAFETY: set before the frame is opened, to a node of the same shard, which is never unmapped.
        unsafe { &*self.node.load(Ordering::Relaxed) }
    }

    #[inline(always)]
    pub(crate) fn set_node(&self, node: &Node) {
        self.node.store(ptr::from_ref(node).cast_mut(), Ordering::Relaxed);
    }

    #[inline(always)]
    pub(crate) fn sizes(&self) -> *mut Counter {
        self.node().sizes()
    }

    /// The counters at entry: allocs (with the slow-path mark), bytes, frees, freed bytes.
    pub(super) fn at_entry(&self) -> [u64; 4] {
        [self.allocs.get(), self.bytes.get(), self.frees.get(), self.freed.get()]
    }
}
