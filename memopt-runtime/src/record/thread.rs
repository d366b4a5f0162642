//! What the record keeps in a thread's state: the open frames and the shard at hand.

use super::frame::Frame;
use super::node::Node;
use super::shard::Shard;
use crate::sync::Word;
use crate::thread::erased::typed;
use crate::thread::state::ThreadState;
use std::cell::Cell;

impl ThreadState {
    /// The innermost open frame; null while scopes cannot be entered.
    #[inline(always)]
    pub(crate) fn top(&self) -> *const Frame {
        self.counters.top.read().cast_const().cast()
    }

    /// As [`top`](Self::top).
    ///
    /// # Safety
    ///
    /// - Only the thread whose state it is may call it.
    #[inline(always)]
    pub(crate) unsafe fn own_top(&self) -> *const Frame {
        // SAFETY: the caller's word.
        unsafe { self.counters.top.own() }.cast_const().cast()
    }

    #[inline(always)]
    pub(crate) fn set_top(&self, frame: *const Frame) {
        self.counters.top.write(frame.cast_mut().cast());
    }

    /// The last frame there is room for.
    #[inline(always)]
    pub(crate) fn last_frame(&self) -> &Cell<*const Frame> {
        // SAFETY: only the record uses the word, by this accessor.
        unsafe { typed(&self.last_frame) }
    }

    /// The shard's table of children.
    #[inline(always)]
    pub(crate) fn children(&self) -> &Cell<*const *const Node> {
        // SAFETY: as above.
        unsafe { typed(&self.children) }
    }

    /// The records of this thread.
    #[inline(always)]
    pub(crate) fn shard(&self) -> &Cell<*const Shard> {
        // SAFETY: as above.
        unsafe { typed(&self.shard) }
    }
}
