//! What other threads tell the owner of a chunk: which of its blocks they freed.

use crate::sync::{AtomicPtr, AtomicU32, Ordering, constant};
use std::ptr;

/// The line of a chunk that everybody writes. The owner takes from it when it looks for room.
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct Remote {
    /// Blocks of an arena that other threads freed and the owner has not seen.
    freed: AtomicU32,
    /// Blocks of a slab that other threads freed: a list through the blocks.
    list: AtomicPtr<u8>,
}

impl Remote {
    constant! {
        #[cfg_attr(not(loom), allow(dead_code, reason = "heads of chunks are zeroed memory; the model makes its own"))]
        pub(super) fn new() -> Self {
            Self { freed: AtomicU32::new(0), list: AtomicPtr::new(ptr::null_mut()) }
        }
    }

    /// Forgets everything. Only for the owner, while no block is in use.
    pub(super) fn clear(&self) {
        self.freed.store(0, Ordering::Relaxed);
        self.list.store(ptr::null_mut(), Ordering::Relaxed);
    }

    /// Another thread freed blocks of an arena.
    pub(super) fn add(&self, blocks: u32) {
        // Release pairs with the Acquire in `take`: what the thread did with the blocks comes
        // before their reuse.
        self.freed.fetch_add(blocks, Ordering::Release);
    }

    /// The blocks of an arena that others freed since the last look. Only for the owner.
    #[inline]
    pub(super) fn take(&self) -> u32 {
        if self.freed.load(Ordering::Relaxed) == 0 {
            0
        } else {
            self.freed.swap(0, Ordering::Acquire)
        }
    }

    /// Another thread freed a block of a slab; `link` is where a free block holds the address of
    /// the next one.
    ///
    /// # Safety
    ///
    /// - Nobody uses the block any more, and its link may be written until the owner takes it.
    #[inline]
    pub(super) unsafe fn push(&self, block: *mut u8, link: impl Fn(*mut u8) -> *mut *mut u8) {
        let mut first = self.list.load(Ordering::Relaxed);
        loop {
            // SAFETY: the caller's word; the block is ours until the exchange succeeds.
            unsafe { link(block).write(first) };
            // Release: the owner that takes the list sees the links. (No ABA: it takes all of it.)
            match self.list.compare_exchange_weak(first, block, Ordering::AcqRel, Ordering::Relaxed)
            {
                Ok(_) => return,
                Err(now) => first = now,
            }
        }
    }

    /// The blocks of a slab that others freed since the last look: the first, linked. Only for the
    /// owner.
    #[inline]
    pub(super) fn take_list(&self) -> *mut u8 {
        // Acquire pairs with the Release in `push`: what the blocks hold, and what was done with
        // them before.
        self.list.swap(ptr::null_mut(), Ordering::Acquire)
    }
}
