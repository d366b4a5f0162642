//! What a reader may take from a shard while its thread goes on.

use super::buckets::{self, GROUPS, ROW};
use super::frame::Frame;
use super::histograms::{ALLOCS, FEW, Histograms};
use super::node::Node;
use super::shard::Shard;
use crate::thread::Counters;
use crate::thread::state::REGISTRY;
use std::sync::atomic::{Ordering, fence};

/// Shows `see` every node in use of all threads.
pub(crate) fn each_node(mut see: impl FnMut(&Node)) {
    for slot in REGISTRY.slots() {
        let shard: *const Shard = slot.shard();
        // SAFETY: null, or a shard, which is never freed.
        if let Some(shard) = unsafe { shard.as_ref() } {
            // The owner takes nodes out of use only under the lock.
            shard.locked(|| shard.nodes().for_each(&mut see));
        }
    }
}

/// An open frame as read from outside.
pub(super) struct Open {
    pub(super) node: &'static Node,
    /// A carried context or a recording, no call of its own.
    pub(super) carried: bool,
    /// The thread's counters at entry: allocs, bytes, frees, freed bytes.
    pub(super) at_entry: [u64; 4],
    /// What had entered the node, without this frame.
    pub(super) entered: [u64; 4],
}

/// The open frames of a thread, outermost first, as far as they held still while they were read.
pub(super) fn open_frames(shard: &Shard, counters: &Counters) -> Vec<Open> {
    let mut open = Vec::new();
    let depth = depth(shard, counters);
    for index in 1..=depth {
        let frame = shard.frame(index);
        let Some(read) = read_frame(frame) else { break };
        open.push(read);
    }
    // Frames that were left meanwhile are no longer open; their traffic is at their nodes.
    open.truncate(self::depth(shard, counters));
    open
}

/// Index of the innermost open frame; 0 stands for none.
fn depth(shard: &Shard, counters: &Counters) -> usize {
    let mut top: *const Frame = counters.top.load(Ordering::Acquire).cast_const().cast();
    if top.is_null() {
        top = counters.held_top.load(Ordering::Acquire).cast_const().cast();
    }
    if top.is_null() || !shard.holds(top) {
        return 0;
    }
    let index = (top.addr() - shard.first_frame().addr()) / size_of::<Frame>();
    index.min(shard.frames() - 1)
}

fn read_frame(frame: &Frame) -> Option<Open> {
    let node = frame.node();
    let carried = frame.flags.load(Ordering::Relaxed) & Frame::CARRIED != 0;
    let at_entry = frame.at_entry();
    let entered = node.entered();
    // Pairs with the Release fence in `Node::closes_last`: if the node is still open below, the
    // exit had not added to `entered` when that was read.
    fence(Ordering::Acquire);
    let same =
        std::ptr::eq(frame.node(), node) && frame.at_entry() == at_entry && node.active() > 0;
    same.then_some(Open { node, carried, at_entry, entered })
}

impl Histograms {
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
}
