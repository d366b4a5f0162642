//! What the region keeps in a thread's state of the chunks that blocks are taken from.

use super::chunk::Chunk;
use crate::thread::erased::{NO_SLAB, NoSlab, typed};
use crate::thread::state::ThreadState;
use std::cell::Cell;
use std::mem::offset_of;

// What stands for no slab is read as a chunk's head.
const _: () = assert!(
    size_of::<NoSlab>() - offset_of!(NoSlab, head) >= size_of::<Chunk>()
        && offset_of!(NoSlab, head) == align_of::<Chunk>()
        && align_of::<NoSlab>() == 2 * align_of::<Chunk>()
);

/// What stands for no slab at hand: a head of zeroes, so without a free block.
pub(super) fn no_slab() -> *const Chunk {
    (&raw const NO_SLAB.head).cast()
}

impl ThreadState {
    /// The slab at hand of a class, or [`no_slab`].
    #[inline(always)]
    pub(super) fn slab(&self, class: usize) -> &Cell<*const Chunk> {
        // SAFETY: only the region uses the words, by this accessor.
        unsafe { typed(&self.slabs[class]) }
    }

    /// The chunk at hand.
    #[inline(always)]
    pub(super) fn chunk(&self) -> &Cell<*const Chunk> {
        // SAFETY: as in `slab`.
        unsafe { typed(&self.chunk) }
    }

    /// Another thread's chunk, of which blocks were freed here that it does not know of yet.
    #[inline(always)]
    pub(super) fn remote(&self) -> &Cell<*const Chunk> {
        // SAFETY: as in `slab`.
        unsafe { typed(&self.remote) }
    }
}
