//! Where lists of objects change hands without a lock: full ones for empty ones.
//!
//! Each slot holds a full magazine, an empty one, or none. A thread with too many objects puts a
//! full magazine where an empty one lies, and a thread without any the other way round; one
//! exchange of one word does it, and brings along what the other thread needs for its next list.
//! Where no slot fits, the caller goes to the lists behind the lock.

use crate::sync::{AtomicPtr, Ordering, constant};
use std::ptr::{self, NonNull};

/// Magazines in the depot, at most: the slots share one line.
const SLOTS: usize = 4;

/// Slots for magazines. What is in a slot is nobody's; who takes it out owns it.
///
/// A magazine is read only after it was taken out, so it does no harm that one may leave a slot and
/// come back between a look at the slot and the exchange (ABA): the word says all that is asked of
/// it, that a magazine of this kind lies there.
#[derive(Debug)]
pub(super) struct Depot<T> {
    /// Null, or a magazine; the lowest bit is set on full ones.
    slots: [AtomicPtr<T>; SLOTS],
}

/// The bit that is free in every address of a magazine.
const FULL: usize = 1;

impl<T> Depot<T> {
    constant! {
        pub(super) fn new() -> Self {
            const { assert!(align_of::<T>() > FULL, "the lowest bit of an address is free") };
            Self {
                slots: [
                    AtomicPtr::new(ptr::null_mut()),
                    AtomicPtr::new(ptr::null_mut()),
                    AtomicPtr::new(ptr::null_mut()),
                    AtomicPtr::new(ptr::null_mut()),
                ],
            }
        }
    }

    /// Gives a full magazine for an empty one; `None`, and the magazine is still the caller's,
    /// where no empty one lies. `met` is called where another thread was quicker.
    pub(super) fn give(&self, full: NonNull<T>, met: impl FnMut()) -> Option<NonNull<T>> {
        let full = full.as_ptr().map_addr(|address| address | FULL);
        let found = self.replace(|there| !there.is_null() && !is_full(there), full, met)?;
        NonNull::new(found)
    }

    /// Takes a full magazine and leaves an empty one, or nothing, in its place; `None`, and the
    /// empty one is still the caller's, where no full one lies. `met` is called where another
    /// thread was quicker.
    pub(super) fn take(&self, empty: *mut T, met: impl FnMut()) -> Option<NonNull<T>> {
        let found = self.replace(is_full, empty, met)?;
        NonNull::new(found.map_addr(|address| address & !FULL))
    }

    /// Lays an empty magazine into a free slot; `false`, and it is still the caller's, where there
    /// is none.
    pub(super) fn offer(&self, empty: NonNull<T>) -> bool {
        self.replace(<*mut T>::is_null, empty.as_ptr(), || ()).is_some()
    }

    /// Takes out all magazines; `magazine` gets each, and whether it is a full one.
    pub(super) fn drain(&self, mut magazine: impl FnMut(NonNull<T>, bool)) {
        for slot in &self.slots {
            if slot.load(Ordering::Relaxed).is_null() {
                continue;
            }
            // Acquire: what its last owner wrote to the magazine is seen.
            let there = slot.swap(ptr::null_mut(), Ordering::Acquire);
            if let Some(found) = NonNull::new(there.map_addr(|address| address & !FULL)) {
                magazine(found, is_full(there));
            }
        }
    }

    /// Puts `new` into the first slot whose word `fits`, and returns that word.
    fn replace(
        &self,
        fits: impl Fn(*mut T) -> bool,
        new: *mut T,
        mut met: impl FnMut(),
    ) -> Option<*mut T> {
        self.slots.iter().find_map(|slot| {
            let there = slot.load(Ordering::Relaxed);
            if !fits(there) {
                return None;
            }
            // Acquire: what the last owner of the magazine that comes out wrote is seen. Release:
            // so is what we wrote to the one that goes in, by who takes it out with the same
            // acquire.
            let exchanged = slot.compare_exchange(there, new, Ordering::AcqRel, Ordering::Relaxed);
            if exchanged.is_err() {
                met();
            }
            exchanged.ok()
        })
    }
}

fn is_full<T>(there: *mut T) -> bool {
    there.addr() & FULL != 0
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::{Depot, NonNull, SLOTS, ptr};

    fn never() {
        unreachable!("there is one thread")
    }

    #[test]
    fn full_ones_go_for_empty_ones_and_back() {
        let depot: Depot<u64> = Depot::new();
        let mut magazines = [1, 2, 3].map(|number: u64| number);
        let [one, two, three] = magazines.each_mut().map(NonNull::from);
        assert_eq!(depot.give(one, never), None, "nothing empty lies there");
        assert_eq!(depot.take(two.as_ptr(), never), None, "nothing full lies there");
        assert!(depot.offer(two));
        assert_eq!(depot.give(one, never), Some(two));
        assert_eq!(depot.give(two, never), None, "what lies there is full");
        assert_eq!(depot.take(three.as_ptr(), never), Some(one));
        assert_eq!(depot.give(one, never), Some(three));
        assert_eq!(depot.take(ptr::null_mut(), never), Some(one));
        assert!(depot.offer(one), "nothing was left in its place");
        let mut left = Vec::new();
        depot.drain(|magazine, full| left.push((magazine, full)));
        assert_eq!(left, [(one, false)]);
    }

    #[test]
    fn it_has_no_room_for_more_than_its_slots() {
        let depot: Depot<u64> = Depot::new();
        let mut magazines = [0; SLOTS + 1];
        let offered = magazines.each_mut().map(|magazine| depot.offer(NonNull::from(magazine)));
        assert_eq!(offered.iter().filter(|offered| **offered).count(), SLOTS);
        let mut left = 0;
        depot.drain(|_, full| {
            assert!(!full);
            left += 1;
        });
        assert_eq!(left, SLOTS);
    }
}
