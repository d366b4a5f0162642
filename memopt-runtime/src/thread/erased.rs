//! Words of a thread's state that belong to rooms above, which alone know their types.

use crate::machine::at;
use crate::sync::AtomicU64;
use std::cell::Cell;
use std::ptr;

/// A word as a room sees it: a pointer to one of its own.
///
/// # Safety
///
/// - All uses of the word must be by the same `T`.
#[inline(always)]
pub(crate) unsafe fn typed<T>(word: &Cell<*const ()>) -> &Cell<*const T> {
    // SAFETY: pointers to sized types have one layout, and the caller vouches that nobody reads
    // another type.
    unsafe { at(ptr::from_ref(word).cast::<Cell<*const T>>()) }
}

/// Memory as large as the head of a chunk, zero: what stands for no slab at hand. The region
/// asserts that it fits.
#[derive(Debug)]
#[repr(C, align(128))]
pub(crate) struct NoSlab {
    /// The head lies at an odd multiple of 64, where no chunk begins: no block's address is taken
    /// for one in it.
    before: [AtomicU64; 8],
    pub(crate) head: [AtomicU64; 16],
}

/// Stands for no slab at hand: it has no free block, and no block lies in it.
pub(crate) static NO_SLAB: NoSlab =
    NoSlab { before: [const { AtomicU64::new(0) }; 8], head: [const { AtomicU64::new(0) }; 16] };

/// What a thread has at hand for the futures it polls, as plain words; `tasks` says what they are.
#[derive(Debug)]
pub(crate) struct TaskWords {
    pub(crate) spare: Cell<*const ()>,
    pub(crate) list: Cell<*const ()>,
    pub(crate) listed: Cell<u32>,
    pub(crate) births_left: Cell<u32>,
    pub(crate) born: Cell<u64>,
    pub(crate) waits: Cell<*const ()>,
}

impl TaskWords {
    pub(super) const fn new() -> Self {
        Self {
            spare: Cell::new(ptr::null()),
            list: Cell::new(ptr::null()),
            listed: Cell::new(0),
            births_left: Cell::new(0),
            born: Cell::new(0),
            waits: Cell::new(ptr::null()),
        }
    }
}
