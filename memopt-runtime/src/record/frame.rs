//! The frames of open scopes.

use super::node::Node;
use crate::machine::at;
use crate::sync::Word;
use crate::thread::Counter;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32};

/// An open scope: its node and the thread's counters at entry.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct Frame {
    pub(super) node: AtomicPtr<Node>,
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
    /// Another frame of the node is open below.
    pub(crate) const NESTED: u32 = 64;
    /// Its blocks come from the region.
    pub(crate) const ROUTED: u32 = 128;
    /// The call is one that the optimizer treats, and one that it measures.
    pub(crate) const TREATED: u32 = 256;
    pub(crate) const WEIGHED: u32 = 512;

    #[inline(always)]
    pub(crate) fn node(&self) -> &'static Node {
        // SAFETY: set before the frame is opened, to a node of the same shard, which is never
        // unmapped.
        unsafe { at(self.node.read()) }
    }

    #[inline(always)]
    pub(crate) fn set_node(&self, node: &Node) {
        self.node.write(ptr::from_ref(node).cast_mut());
    }

    /// The counters at entry: allocs (with the slow-path mark), bytes, frees, freed bytes.
    pub(super) fn at_entry(&self) -> [u64; 4] {
        [self.allocs.get(), self.bytes.get(), self.frees.get(), self.freed.get()]
    }
}
