//! What only some nodes and records have, made at the first need: flows, steps moved out of counts,
//! rare histograms.

use super::node::{Flow, Node};
use super::pages;
use crate::thread::state::ThreadState;
use std::sync::atomic::{AtomicPtr, Ordering};

/// What `place` points to, made of zeroed memory at the first call; `None` where memory is out.
///
/// Only the owning thread calls it. `T` consists of counters, for which zero bytes are valid.
pub(super) fn made<T>(place: &AtomicPtr<T>) -> Option<&T> {
    made_if(place, pages::book)
}

/// As [`made`], where `book` says whether there may be more memory in use.
fn made_if<T>(place: &AtomicPtr<T>, book: fn(usize) -> bool) -> Option<&T> {
    let mut there = place.load(Ordering::Acquire);
    if there.is_null() {
        let shard = ThreadState::with(|thread| thread.shard().get());
        // SAFETY: null, or the shard of this thread, which the place belongs to; never from within
        // `owned`.
        there = unsafe { shard.as_ref()?.owned(|owned| owned.pieces.cut(book))? };
        // Release pairs with the readers' Acquire: they see the zeroes.
        place.store(there, Ordering::Release);
    }
    // SAFETY: null, or zeroed memory for a `T` that is never freed.
    unsafe { there.as_ref() }
}

impl Node {
    /// Its flow, made at the first call, past the cap too (72 bytes a node); `None` where the
    /// system has no memory.
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
