//! A list of idle objects: an array of pointers to them, which lies with one thread or passes between threads as a whole.
//!
//! PERF: with links in the objects themselves each thread waits for the first line of every object, which the other one wrote
//! last: 24 ns instead of 14 an object that is taken here and given back there.

use super::slot::{Doomed, Header};
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

/// Objects in a tray, at most.
pub(super) const PLACES: usize = 32;

/// An idle object.
#[derive(Clone, Copy)]
pub(super) struct Item {
    pub(super) block: NonNull<Header>,
    /// Bytes of the object, its own and those it holds, as it came back.
    pub(super) bytes: usize,
}

/// Where a tray's objects stand. Aligned so that no line of it lies next to something else.
#[repr(align(128))]
pub(super) struct Places([MaybeUninit<Item>; PLACES]);

impl Places {
    /// Puts an object behind the first `len`.
    ///
    /// # Safety
    ///
    /// - `places` is alive and the caller's alone, and `len` is less than [`PLACES`].
    #[inline(always)]
    pub(super) unsafe fn write(places: *mut Self, len: usize, item: Item) {
        debug_assert!(!places.is_null() && len < PLACES);
        // SAFETY: inside the array, as the caller promises.
        unsafe { (&raw mut (*places).0).cast::<Item>().add(len).write(item) };
    }

    /// The object behind the first `len`.
    ///
    /// # Safety
    ///
    /// - `places` is alive and the caller's alone, and more than `len` objects were written to it.
    #[inline(always)]
    pub(super) unsafe fn read(places: *mut Self, len: usize) -> Item {
        debug_assert!(!places.is_null() && len < PLACES);
        // SAFETY: inside the array and written, as the caller promises.
        unsafe { (&raw mut (*places).0).cast::<Item>().add(len).read() }
    }
}

/// A list of idle objects with its sums. Whoever lets go of one frees its places, by [`free`](Self::free).
///
/// Invariant: `places` is this tray's alone, null only where `len` is 0; the first `len` of them hold objects, which are this tray's too.
#[must_use]
pub(super) struct Tray {
    pub(super) places: *mut Places,
    pub(super) len: usize,
    /// Sum of the objects' bytes.
    pub(super) bytes: usize,
}

// SAFETY: whoever holds a tray owns its objects, and pools hold only objects that are `Send`.
unsafe impl Send for Tray {}

impl Tray {
    /// No objects and no places for any.
    pub(super) const NONE: Self = Self { places: ptr::null_mut(), len: 0, bytes: 0 };

    /// An empty one.
    pub(super) fn make() -> Self {
        let places = crate::quiet(Box::<Places>::new_uninit);
        Self { places: Box::into_raw(places).cast(), ..Self::NONE }
    }

    /// Adds an object.
    ///
    /// # Panics
    ///
    /// Panics where it is full or has no places.
    pub(super) fn push(&mut self, item: Item) {
        assert!(!self.places.is_null() && self.len < PLACES, "a tray has room for what is put on it");
        // SAFETY: asked above; the places are ours.
        unsafe { Places::write(self.places, self.len, item) };
        self.len += 1;
        self.bytes += item.bytes;
    }

    /// Moves all objects to those to be destroyed.
    pub(super) fn doom(&mut self, doomed: &mut Doomed) {
        while self.len > 0 {
            self.len -= 1;
            // SAFETY: the places are ours, and one more was written.
            let item = unsafe { Places::read(self.places, self.len) };
            // SAFETY: the object was ours, and is not in our count any more.
            unsafe { doomed.push(item.block, item.bytes) };
        }
        self.bytes = 0;
    }

    /// Frees the places of an empty one.
    pub(super) fn free(self) {
        debug_assert!(self.len == 0, "objects would be lost");
        if !self.places.is_null() {
            // SAFETY: from `make`, which made it as a box, and ours alone; `MaybeUninit` needs no drop.
            crate::quiet(|| drop(unsafe { Box::from_raw(self.places) }));
        }
    }
}
