//! The list that walks read: what is loaded, in the form in which they need it.

use super::loaded::Unwinder;
use crate::heap::unwind::Claim;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU16, Ordering::Relaxed, Ordering::SeqCst};

/// The unwind information of all that is loaded.
pub(in crate::heap) struct List {
    unwinder: Unwinder,
    generation: u16,
    /// First address and the one behind the last, in order.
    ranges: Vec<(usize, usize)>,
}

impl List {
    pub(in crate::heap) fn unwinder(&self) -> &Unwinder {
        &self.unwinder
    }

    pub(in crate::heap) fn generation(&self) -> u16 {
        self.generation
    }

    /// Whether it knows what lies at an address.
    pub(in crate::heap) fn holds(&self, address: usize) -> bool {
        let next = self.ranges.partition_point(|range| range.0 <= address);
        next.checked_sub(1)
            .and_then(|at| self.ranges.get(at))
            .is_some_and(|range| address < range.1)
    }
}

/// Null before the first refresh.
static LIST: AtomicPtr<List> = AtomicPtr::new(std::ptr::null_mut());
/// The newest list's; 0 before the first.
static GENERATION: AtomicU16 = AtomicU16::new(0);
static STALE: AtomicBool = AtomicBool::new(false);

/// Swaps a new list in; the one it replaces, at which walks may still be looking.
pub(super) fn replace(unwinder: Unwinder, ranges: Vec<(usize, usize)>) -> Option<Box<List>> {
    let generation = GENERATION.load(Relaxed).checked_add(1).unwrap_or(1);
    let list = Box::new(List { unwinder, generation, ranges });
    let before = LIST.swap(Box::into_raw(list), SeqCst);
    GENERATION.store(generation, SeqCst);
    if before.is_null() {
        return None;
    }
    // SAFETY: every list comes from `Box::into_raw`, and the swap has given this one to us alone.
    // Walks may still look at it, so the caller keeps it.
    Some(unsafe { Box::from_raw(before) })
}

/// Whether a walk has met an address that the list does not know: a library that was opened since,
/// or code that is in no file.
pub fn is_stale() -> bool {
    STALE.load(Relaxed)
}

/// What is met from here on may be newer than what is read next.
pub(super) fn mark_fresh() {
    STALE.store(false, SeqCst);
}

pub(in crate::heap) fn mark_stale() {
    STALE.store(true, Relaxed);
}

#[inline(always)]
pub(in crate::heap) fn generation() -> u16 {
    GENERATION.load(Relaxed)
}

/// The list, for as long as the work space is claimed; `None` before the first.
pub(in crate::heap) fn current(_claim: &Claim) -> Option<&'_ List> {
    // SAFETY: null or from `Box::into_raw`. It is freed only after it was replaced and every work
    // space was seen free later; the one that is claimed here was not, for the claim outlives the
    // reference.
    unsafe { LIST.load(SeqCst).as_ref() }
}
