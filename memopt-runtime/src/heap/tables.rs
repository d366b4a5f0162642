//! All that is kept of tracked blocks, made when tracking first begins.

use super::call_paths::CallPaths;
use super::contents::KnownContents;
use super::hand_offs::HandOffs;
use super::side_table::SideTable;
use super::threads::Threads;
use super::total::Total;
use crate::address_space::reserve_zeroed;
use std::ptr;
use std::sync::atomic::Ordering::{AcqRel, Acquire};
use std::sync::atomic::{AtomicPtr, AtomicU64};

/// Pages become resident as entries are made. Zeroed memory is an empty one.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) total: Total,
    pub(super) call_paths: CallPaths,
    pub(super) side_table: SideTable,
    pub(super) hand_offs: HandOffs,
    pub(super) threads: Threads,
    pub(super) seen: KnownContents,
    /// Blocks that found no room.
    pub(super) lost: AtomicU64,
}

/// Bytes of address space.
pub(super) const SIZE: usize = size_of::<Tables>();

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
    // `System` would write the zeroes itself, for the alignment: 24 MB resident at once.
    let place = reserve_zeroed(SIZE, align_of::<Tables>())?.cast::<Tables>();
    // The zeroes are seen by whoever finds the pointer. Of two that make them at once one stays
    // reserved, and untouched.
    let _ = TABLES.compare_exchange(ptr::null_mut(), place, AcqRel, Acquire);
    get()
}
