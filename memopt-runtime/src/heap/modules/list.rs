//! The list that walks read: what is loaded, in the form in which they need it.

use super::loaded::Unwinder;
use crate::heap::unwind::Claim;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicU16};

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
static AGE: Age = Age::new();

/// Whether the list is older than what walks have met. It stays so until the next list is in place,
/// and longer where a walk meets more while that is made.
struct Age(AtomicU8);

/// Walks have met nothing that the list does not know.
const FRESH: u8 = 0;
/// They have, and nobody reads what is loaded.
const STALE: u8 = 1;
/// They have, and what is loaded is being read; nothing was met since.
const READING: u8 = 2;

impl Age {
    const fn new() -> Self {
        Self(AtomicU8::new(FRESH))
    }

    fn mark(&self) {
        self.0.store(STALE, Relaxed);
    }

    /// Before reading: what is met from here on may be newer than what is read.
    fn begin(&self) {
        let _ = self.0.compare_exchange(STALE, READING, Relaxed, Relaxed);
    }

    /// The list is in place.
    fn end(&self) {
        // Release pairs with `is_stale`: who reads that the list is fresh walks by it.
        let _ = self.0.compare_exchange(READING, FRESH, Release, Relaxed);
    }

    fn is_stale(&self) -> bool {
        // Acquire pairs with `end`.
        self.0.load(Acquire) != FRESH
    }
}

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
    AGE.is_stale()
}

/// Has `read` make the next list, where there is one to make.
pub(super) fn renew(read: impl FnOnce()) {
    AGE.begin();
    read();
    AGE.end();
}

pub(in crate::heap) fn mark_stale() {
    AGE.mark();
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

#[cfg(test)]
mod tests {
    use super::Age;

    #[test]
    fn a_list_is_stale_until_the_next_is_in_place() {
        let age = Age::new();
        assert!(!age.is_stale());
        age.mark();
        age.begin();
        // A walk in this time may still go by the old list, and marks nothing where it has met the
        // address before.
        assert!(age.is_stale());
        age.end();
        assert!(!age.is_stale());
    }

    #[test]
    fn what_is_met_while_the_list_is_made_is_looked_for_again() {
        let age = Age::new();
        age.mark();
        age.begin();
        age.mark();
        age.end();
        assert!(age.is_stale());
        // Also where nothing had been met before.
        let age = Age::new();
        age.begin();
        age.mark();
        age.end();
        assert!(age.is_stale());
    }
}
