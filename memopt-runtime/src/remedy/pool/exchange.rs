//! Where lists of objects change hands without a lock: full ones for empty ones.
//!
//! Each slot holds a full tray, an empty one, or none. A thread with too many objects puts a full tray where an empty one lies, and a thread
//! without any the other way round; one exchange of one word does it, and brings along what the other thread needs for its next list.
//! Where no slot fits, the caller goes to the lists behind the lock.

use crate::sync::{AtomicPtr, Ordering, constant};
use std::ptr::{self, NonNull};

/// Trays in the exchange, at most: the slots share one line.
const SLOTS: usize = 4;

/// Slots for trays. What is in a slot is nobody's; who takes it out owns it.
///
/// A tray is read only after it was taken out, so it does no harm that one may leave a slot and come back between a look at the
/// slot and the exchange (ABA): the word says all that is asked of it, that a tray of this kind lies there.
#[derive(Debug)]
pub(super) struct Exchange<T> {
    /// Null, or a tray; the lowest bit is set on full ones.
    slots: [AtomicPtr<T>; SLOTS],
}

/// The bit that is free in every address of a tray.
const FULL: usize = 1;

impl<T> Exchange<T> {
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

    /// Gives a full tray for an empty one; `None`, and the tray is still the caller's, where no empty one lies.
    /// `met` is called where another thread was quicker.
    pub(super) fn give(&self, full: NonNull<T>, met: impl FnMut()) -> Option<NonNull<T>> {
        let full = full.as_ptr().map_addr(|address| address | FULL);
        let found = self.replace(|there| !there.is_null() && !is_full(there), full, met)?;
        NonNull::new(found)
    }

    /// Takes a full tray and leaves an empty one, or nothing, in its place; `None`, and the empty one is still the caller's, where no full one lies.
    /// `met` is called where another thread was quicker.
    pub(super) fn take(&self, empty: *mut T, met: impl FnMut()) -> Option<NonNull<T>> {
        let found = self.replace(is_full, empty, met)?;
        NonNull::new(found.map_addr(|address| address & !FULL))
    }

    /// Lays an empty tray into a free slot; `false`, and it is still the caller's, where there is none.
    pub(super) fn offer(&self, empty: NonNull<T>) -> bool {
        self.replace(<*mut T>::is_null, empty.as_ptr(), || ()).is_some()
    }

    /// Takes out all trays; `tray` gets each, and whether it is a full one.
    pub(super) fn drain(&self, mut tray: impl FnMut(NonNull<T>, bool)) {
        for slot in &self.slots {
            if slot.load(Ordering::Relaxed).is_null() {
                continue;
            }
            // Acquire: what its last owner wrote to the tray is seen.
            let there = slot.swap(ptr::null_mut(), Ordering::Acquire);
            if let Some(found) = NonNull::new(there.map_addr(|address| address & !FULL)) {
                tray(found, is_full(there));
            }
        }
    }

    /// Puts `new` into the first slot whose word `fits`, and returns that word.
    fn replace(&self, fits: impl Fn(*mut T) -> bool, new: *mut T, mut met: impl FnMut()) -> Option<*mut T> {
        self.slots.iter().find_map(|slot| {
            let there = slot.load(Ordering::Relaxed);
            if !fits(there) {
                return None;
            }
            // Acquire: what the last owner of the tray that comes out wrote is seen. Release: so is what we wrote to the one
            // that goes in, by who takes it out with the same acquire.
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
    use super::{Exchange, NonNull, SLOTS, ptr};

    fn never() {
        unreachable!("there is one thread")
    }

    #[test]
    fn full_ones_go_for_empty_ones_and_back() {
        let exchange: Exchange<u64> = Exchange::new();
        let mut trays = [1, 2, 3].map(|number: u64| number);
        let [one, two, three] = trays.each_mut().map(NonNull::from);
        assert_eq!(exchange.give(one, never), None, "nothing empty lies there");
        assert_eq!(exchange.take(two.as_ptr(), never), None, "nothing full lies there");
        assert!(exchange.offer(two));
        assert_eq!(exchange.give(one, never), Some(two));
        assert_eq!(exchange.give(two, never), None, "what lies there is full");
        assert_eq!(exchange.take(three.as_ptr(), never), Some(one));
        assert_eq!(exchange.give(one, never), Some(three));
        assert_eq!(exchange.take(ptr::null_mut(), never), Some(one));
        assert!(exchange.offer(one), "nothing was left in its place");
        let mut left = Vec::new();
        exchange.drain(|tray, full| left.push((tray, full)));
        assert_eq!(left, [(one, false)]);
    }

    #[test]
    fn it_has_no_room_for_more_than_its_slots() {
        let exchange: Exchange<u64> = Exchange::new();
        let mut trays = [0; SLOTS + 1];
        let offered = trays.each_mut().map(|tray| exchange.offer(NonNull::from(tray)));
        assert_eq!(offered.iter().filter(|offered| **offered).count(), SLOTS);
        let mut left = 0;
        exchange.drain(|_, full| {
            assert!(!full);
            left += 1;
        });
        assert_eq!(left, SLOTS);
    }
}
