//! All that is kept of followed blocks, made when following first begins.

use super::contents::Seen;
use super::hand_offs::HandOffs;
use super::outside::Outside;
use super::spots::Spots;
use super::threads::Threads;
use super::total::Total;
use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;
use std::sync::atomic::Ordering::{AcqRel, Acquire};
use std::sync::atomic::{AtomicPtr, AtomicU64};

/// Pages become resident as entries are made. Zeroed memory is an empty one.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) total: Total,
    pub(super) spots: Spots,
    pub(super) outside: Outside,
    pub(super) hand_offs: HandOffs,
    pub(super) threads: Threads,
    pub(super) seen: Seen,
    /// Blocks that found no room.
    pub(super) lost: AtomicU64,
}

static TABLES: AtomicPtr<Tables> = AtomicPtr::new(ptr::null_mut());

/// The tables, if they were made.
#[inline(always)]
pub(super) fn get() -> Option<&'static Tables> {
    // SAFETY: null, or made by `make` and never freed. Acquire pairs with its Release.
    unsafe { TABLES.load(Acquire).as_ref() }
}

/// Makes the tables, once; `None` where the system has no memory.
pub(super) fn make() -> Option<&'static Tables> {
    if let Some(tables) = get() {
        return Some(tables);
    }
    let layout = Layout::new::<Tables>();
    // SAFETY: the layout has a size; `System` is not the wrapped allocator.
    let place = unsafe { System.alloc_zeroed(layout) }.cast::<Tables>();
    if place.is_null() {
        return None;
    }
    // The zeroes are written, and seen by whoever finds the pointer.
    if TABLES.compare_exchange(ptr::null_mut(), place, AcqRel, Acquire).is_err() {
        // SAFETY: allocated above with the layout; nobody else knows it.
        unsafe { System.dealloc(place.cast(), layout) };
    }
    get()
}
