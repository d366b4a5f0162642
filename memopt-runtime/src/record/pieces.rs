//! Small pieces of memory, for what only some nodes and records have.

use crate::address_space::reserve_zeroed;
use std::sync::atomic::{AtomicPtr, Ordering};

/// Small pieces of zeroed memory, cut from mapped chunks and never given back.
///
/// Not from the system's allocator: leak checkers do not look into mapped memory, so they would
/// take a block that only a record points to for a leak of the observed program.
#[derive(Debug)]
pub(super) struct Pieces {
    next: *mut u8,
    left: usize,
}

impl Pieces {
    const CHUNK: usize = 256 << 10;

    pub(super) const fn new() -> Self {
        Self { next: std::ptr::null_mut(), left: 0 }
    }

    /// Room for one `T`; `None` where `book` refuses or the system gives none.
    pub(super) fn cut<T>(&mut self, book: fn(usize) -> bool) -> Option<*mut T> {
        const { assert!(align_of::<T>() <= 64 && size_of::<T>() <= Self::CHUNK) };
        let size = size_of::<T>().next_multiple_of(64);
        if !book(size) {
            return None;
        }
        if self.left < size {
            *self = Self { next: reserve_zeroed(Self::CHUNK, 64)?, left: Self::CHUNK };
        }
        let piece = self.next;
        *self = Self { next: piece.wrapping_add(size), left: self.left - size };
        Some(piece.cast())
    }
}

/// What `place` points to, if it was made.
pub(super) fn seen<T>(place: &AtomicPtr<T>) -> Option<&T> {
    // SAFETY: null, or made by `made` and never freed.
    unsafe { place.load(Ordering::Acquire).as_ref() }
}
