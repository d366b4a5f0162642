//! What one thread has of the region.
//!
//! It belongs to the thread's slot, like the records: made when the thread's first scope is routed,
//! never freed, used on by the next thread that gets the slot. Blocks of ended threads stay valid
//! that way, and their chunks have an owner again as soon as such a thread comes.

use super::owned::Owned;
use super::space;
use crate::thread::erased::typed;
use crate::thread::state::ThreadState;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, UnsafeCell};

/// One thread's part of the region.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct ThreadRegion {
    /// Only the owning thread looks in here.
    owned: UnsafeCell<Owned>,
}

/// An empty part, to be copied. Made in place it would take its size of the stack three times where
/// nothing is optimised, and a thread may have but 16 KiB.
struct Empty(ThreadRegion);

// SAFETY: it is only copied from.
unsafe impl Sync for Empty {}

static EMPTY: Empty = Empty(ThreadRegion { owned: UnsafeCell::new(Owned::new()) });

impl ThreadRegion {
    /// Makes an empty one; `None` where the system has no memory.
    fn make() -> Option<&'static Self> {
        // SAFETY: `ThreadRegion` has a size; `System` is not the wrapped allocator.
        let place = unsafe { System.alloc(Layout::new::<Self>()) }.cast::<Self>();
        if place.is_null() {
            return None;
        }
        // SAFETY: freshly allocated for a `ThreadRegion`, never freed. Nothing is written to the
        // one that is copied, and it owns nothing.
        unsafe {
            place.copy_from_nonoverlapping(&raw const EMPTY.0, 1);
            Some(&*place)
        }
    }

    /// The part of the calling thread, which has none at hand: that of its slot, made if there is
    /// none; `None` for a thread that is ending, while our own work is done, and where the system
    /// has no memory.
    pub(super) fn claim(thread: &ThreadState) -> Option<&'static Self> {
        let slot = thread.slot()?;
        let mut heap: *const Self = slot.heap();
        if heap.is_null() {
            heap = if space::reserve() { Self::make()? } else { return None };
            slot.set_heap(heap);
        }
        thread.region().set(heap);
        // SAFETY: parts are never freed.
        Some(unsafe { &*heap })
    }

    /// Gives the owner access to what only it touches.
    ///
    /// # Safety
    ///
    /// - Only the thread that has the part may call it, and not from within `work`.
    #[inline(always)]
    pub(super) unsafe fn owned<T>(&self, work: impl FnOnce(&mut Owned) -> T) -> T {
        // SAFETY: one thread has the part, and by the caller's word the borrow is not nested.
        work(unsafe { &mut *self.owned.get() })
    }
}

impl ThreadState {
    /// What this thread has of the region.
    #[inline(always)]
    pub(super) fn region(&self) -> &Cell<*const ThreadRegion> {
        // SAFETY: only the region uses the word, by this accessor.
        unsafe { typed(&self.region) }
    }
}
