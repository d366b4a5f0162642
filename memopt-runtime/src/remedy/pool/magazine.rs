//! A list of idle objects: an array of pointers to them, which lies with one thread or passes
//! between threads as a whole.
//!
//! PERF: with links in the objects themselves each thread waits for the first line of every object,
//! which the other one wrote last: 24 ns instead of 14 an object that is taken here and given back
//! there.

use super::room::Room;
use super::slot::{DropQueue, Header};
use crate::machine::prefetch;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

/// Objects in a magazine, at most.
pub(super) const PLACES: usize = 64;

/// An idle object.
#[derive(Clone, Copy)]
pub(super) struct Item {
    pub(super) block: NonNull<Header>,
    /// Bytes of the object, its own and those it holds, as it came back.
    pub(super) bytes: usize,
}

/// What is known of a magazine besides its objects.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) len: usize,
    /// Sum of the objects' bytes.
    pub(super) bytes: usize,
    /// Bytes of each object, or [`MIXED`].
    pub(super) each: usize,
    /// What of the pool's limits is granted to it.
    ///
    /// Invariant: `len` and `bytes` stay within it, and `objects` is no more than [`PLACES`].
    pub(super) room: Room,
}

/// Objects of several sizes: what each has stands in the magazine. No object has so many bytes.
pub(super) const MIXED: usize = usize::MAX;

impl Head {
    pub(super) const NONE: Self = Self { len: 0, bytes: 0, each: 0, room: Room::NONE };
}

/// Where a magazine's objects stand. Aligned so that no line of it is shared with something else.
///
/// PERF: sizes stand apart and are written only where they differ: four lines pass between threads
/// for the objects of a full magazine, and one for its head.
#[repr(C, align(64))]
pub(super) struct Places {
    /// Valid while the magazine lies in the depot.
    head: MaybeUninit<Head>,
    blocks: [MaybeUninit<NonNull<Header>>; PLACES],
    bytes: [MaybeUninit<usize>; PLACES],
}

impl Places {
    /// Has the magazine brought here from the thread that had it last, all lines at once, while we
    /// go on.
    pub(super) fn prefetch(places: *const Self) {
        const LINE: usize = 64;
        let objects = std::mem::offset_of!(Self, bytes);
        (0..objects).step_by(LINE).for_each(|at| prefetch(places.wrapping_byte_add(at)));
    }

    /// Puts an object behind the first `len`.
    ///
    /// # Safety
    ///
    /// - `places` is alive and the caller's alone, and `len` is less than [`PLACES`].
    #[inline(always)]
    pub(super) unsafe fn write(places: *mut Self, len: usize, block: NonNull<Header>) {
        debug_assert!(!places.is_null() && len < PLACES);
        // SAFETY: inside the array, as the caller promises.
        unsafe { (&raw mut (*places).blocks).cast::<NonNull<Header>>().add(len).write(block) };
    }

    /// The object behind the first `len`.
    ///
    /// # Safety
    ///
    /// - `places` is alive and the caller's alone, and more than `len` objects were written to it.
    #[inline(always)]
    pub(super) unsafe fn read(places: *mut Self, len: usize) -> NonNull<Header> {
        debug_assert!(!places.is_null() && len < PLACES);
        // SAFETY: inside the array and written, as the caller promises.
        unsafe { (&raw mut (*places).blocks).cast::<NonNull<Header>>().add(len).read() }
    }

    /// Notes the bytes of the object behind the first `len`.
    ///
    /// # Safety
    ///
    /// - As [`write`](Self::write).
    pub(super) unsafe fn write_bytes(places: *mut Self, len: usize, bytes: usize) {
        debug_assert!(!places.is_null() && len < PLACES);
        // SAFETY: inside the array, as the caller promises.
        unsafe { (&raw mut (*places).bytes).cast::<usize>().add(len).write(bytes) };
    }

    /// The bytes of the object behind the first `len`.
    ///
    /// # Safety
    ///
    /// - `places` is alive and the caller's alone, and bytes were noted for more than `len`
    ///   objects.
    pub(super) unsafe fn read_bytes(places: *mut Self, len: usize) -> usize {
        debug_assert!(!places.is_null() && len < PLACES);
        // SAFETY: inside the array and written, as the caller promises.
        unsafe { (&raw mut (*places).bytes).cast::<usize>().add(len).read() }
    }
}

/// A list of idle objects with its sums. Whoever lets go of one frees its places, by
/// [`free`](Self::free).
///
/// Invariant: `places` is this magazine's alone, null only where `room` is none; the first `len` of
/// them hold objects, which are this magazine's too. Where `each` is [`MIXED`] the bytes of as many
/// are noted.
#[must_use]
pub(super) struct Magazine {
    pub(super) places: *mut Places,
    pub(super) head: Head,
}

// SAFETY: whoever holds a magazine owns its objects, and pools hold only objects that are `Send`.
unsafe impl Send for Magazine {}

impl Magazine {
    /// No objects and no places for any.
    pub(super) const NONE: Self = Self { places: ptr::null_mut(), head: Head::NONE };

    /// An empty one.
    pub(super) fn make() -> Self {
        let places = crate::untracked(Box::<Places>::new_uninit);
        Self { places: Box::into_raw(places).cast(), head: Head::NONE }
    }

    /// One with a single object, in the room that was granted for it.
    ///
    /// # Panics
    ///
    /// Panics where `empty` has no places.
    pub(super) fn single(mut empty: Self, item: Item, room: Room) -> Self {
        assert!(
            !empty.places.is_null() && empty.head.len == 0,
            "an empty magazine has a place for one object"
        );
        debug_assert!(item.bytes <= room.bytes && room.objects == 1 && item.bytes != MIXED);
        // SAFETY: asked above; the places are ours.
        unsafe { Places::write(empty.places, 0, item.block) };
        empty.head = Head { len: 1, bytes: item.bytes, each: item.bytes, room };
        empty
    }

    /// The magazine as one pointer, with all that is known of it. `None` if it has no places.
    pub(super) fn pack(&self) -> Option<NonNull<Places>> {
        let places = NonNull::new(self.places)?;
        // SAFETY: the places are ours.
        unsafe { (&raw mut (*places.as_ptr()).head).cast::<Head>().write(self.head) };
        Some(places)
    }

    /// The magazine that was [packed](Self::pack).
    ///
    /// # Safety
    ///
    /// - `places` is from [`pack`](Self::pack), of a magazine the caller now owns, and was not
    ///   unpacked since.
    pub(super) unsafe fn unpack(places: NonNull<Places>) -> Self {
        // SAFETY: written by `pack`.
        let head = unsafe { (&raw const (*places.as_ptr()).head).cast::<Head>().read() };
        Self { places: places.as_ptr(), head }
    }

    /// What it does not use of its room, which is no longer granted to it.
    pub(super) fn shrink(&mut self) -> Room {
        let used = Room { objects: self.head.len, bytes: self.head.bytes };
        std::mem::replace(&mut self.head.room, used) - used
    }

    /// Moves all objects to those to be destroyed.
    pub(super) fn queue_drops(&mut self, drop_queue: &mut DropQueue) {
        while let Some(len) = self.head.len.checked_sub(1) {
            self.head.len = len;
            // SAFETY: the places are ours, and one more was written.
            let block = unsafe { Places::read(self.places, len) };
            let bytes = match self.head.each {
                // SAFETY: as above; where sizes differ they are noted.
                MIXED => unsafe { Places::read_bytes(self.places, len) },
                each => each,
            };
            // SAFETY: the object was ours, and is not in our count any more.
            unsafe { drop_queue.push(block, bytes) };
        }
        self.head.bytes = 0;
    }

    /// Frees the places of an empty one, whose room was given back.
    pub(super) fn free(self) {
        debug_assert!(self.head.len == 0, "objects would be lost");
        if !self.places.is_null() {
            // SAFETY: from `make`, which made it as a box, and ours alone; `MaybeUninit` needs no
            // drop.
            crate::untracked(|| drop(unsafe { Box::from_raw(self.places) }));
        }
    }
}
