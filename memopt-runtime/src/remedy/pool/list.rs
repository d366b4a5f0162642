//! A thread's list of idle objects: a magazine that is in use, with words other threads can read.

use super::magazine::{Head, MIXED, Magazine, PLACES, Places};
use super::room::Room;
use super::slot::Header;
use std::cell::Cell;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// One object taken, in a list's state; the bits below count those in it.
const TAKEN: u64 = 1 << 8;

const _: () = assert!((PLACES as u64) < TAKEN);

fn len(state: u64) -> usize {
    (state % TAKEN) as usize
}

/// A magazine in use. As with [`Magazine`], but the words may be read by any thread; only the
/// list's own one calls its methods, except where they say so.
pub(super) struct List {
    /// Invariant: as in [`Magazine`].
    places: Cell<*mut Places>,
    /// Objects in it, in the lowest bits, and how many were taken so far.
    ///
    /// PERF: two counts in one word, and sizes noted only where they differ, so taking stores one
    /// word and putting in two. Stores to lines that another thread had hold up those behind them.
    state: AtomicU64,
    /// Bytes of each object, or [`MIXED`].
    each: AtomicUsize,
    /// Sum of the objects' bytes where `each` is [`MIXED`].
    mixed: AtomicUsize,
    /// Objects of `each` bytes it may hold.
    ///
    /// Invariant: so many stay within `room`; 0 where `each` is [`MIXED`].
    cap: Cell<usize>,
    room: Cell<Room>,
}

impl List {
    pub(super) const fn new() -> Self {
        Self {
            places: Cell::new(ptr::null_mut()),
            state: AtomicU64::new(0),
            each: AtomicUsize::new(0),
            mixed: AtomicUsize::new(0),
            cap: Cell::new(0),
            room: Cell::new(Room::NONE),
        }
    }

    /// Takes an object.
    #[inline(always)]
    pub(super) fn pop(&self) -> Option<NonNull<Header>> {
        let state = self.state.load(Relaxed);
        let left = len(state).checked_sub(1)?;
        let places = self.places.get();
        // SAFETY: the places are this thread's, and hold one object more than are left.
        let block = unsafe { Places::read(places, left) };
        if self.each.load(Relaxed) == MIXED {
            self.forget(left);
        }
        self.state.store(state + TAKEN - 1, Relaxed);
        Some(block)
    }

    /// Takes off the bytes of the object behind the first `left`, where sizes differ.
    #[inline(never)]
    fn forget(&self, left: usize) {
        // SAFETY: the places are this thread's; where sizes differ they are noted for every object.
        let bytes = unsafe { Places::read_bytes(self.places.get(), left) };
        self.mixed.store(self.mixed.load(Relaxed) - bytes, Relaxed);
    }

    /// Puts an object in, if it is of the same size as the others and there is room.
    ///
    /// The caller holds the block, and gives it up if the answer is true.
    #[inline(always)]
    pub(super) fn push_even(&self, block: NonNull<Header>, bytes: usize) -> bool {
        let state = self.state.load(Relaxed);
        if bytes != self.each.load(Relaxed) || len(state) >= self.cap.get() {
            return false;
        }
        // SAFETY: less than `cap`, so there are places and one is free (invariant).
        unsafe { Places::write(self.places.get(), len(state), block) };
        self.state.store(state + 1, Relaxed);
        true
    }

    /// Puts an object in, if there is room.
    ///
    /// The caller holds the block, and gives it up if the answer is true.
    pub(super) fn push(&self, block: NonNull<Header>, bytes: usize) -> bool {
        if !self.admits(bytes) {
            return false;
        }
        let (places, state, each) =
            (self.places.get(), self.state.load(Relaxed), self.each.load(Relaxed));
        let len = len(state);
        if len == 0 {
            self.each.store(bytes, Relaxed);
            self.set_cap();
        } else if each != bytes {
            if each != MIXED {
                // SAFETY: the places are this thread's, and `len` is within them.
                (0..len).for_each(|at| unsafe { Places::write_bytes(places, at, each) });
                self.mixed.store(len * each, Relaxed);
                self.each.store(MIXED, Relaxed);
                self.set_cap();
            }
            // SAFETY: as below.
            unsafe { Places::write_bytes(places, len, bytes) };
            self.mixed.store(self.mixed.load(Relaxed) + bytes, Relaxed);
        }
        // SAFETY: there is room for one more, so there are places and one is free (invariant).
        unsafe { Places::write(places, len, block) };
        self.state.store(state + 1, Relaxed);
        true
    }

    /// Whether there is room for an object of `bytes`.
    pub(super) fn admits(&self, bytes: usize) -> bool {
        let (used, room) = (self.used(), self.room.get());
        bytes != MIXED && used.objects < room.objects && bytes <= room.bytes - used.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        len(self.state.load(Relaxed)) == 0
    }

    pub(super) fn has_places(&self) -> bool {
        !self.places.get().is_null()
    }

    /// Objects and bytes in it, as of now. Any thread may call it.
    pub(super) fn used(&self) -> Room {
        let objects = len(self.state.load(Relaxed));
        let bytes = match self.each.load(Relaxed) {
            MIXED => self.mixed.load(Relaxed),
            each => objects.saturating_mul(each),
        };
        Room { objects, bytes }
    }

    /// Objects taken from it so far. Any thread may call it.
    pub(super) fn taken(&self) -> u64 {
        self.state.load(Relaxed) / TAKEN
    }

    /// What it may hold.
    pub(super) fn room(&self) -> Room {
        self.room.get()
    }

    /// Gives it more room; it must have places for that.
    pub(super) fn grow(&self, more: Room) {
        debug_assert!(self.has_places() || more == Room::NONE);
        self.room.set(self.room.get() + more);
        self.set_cap();
    }

    /// Takes away room it does not use.
    pub(super) fn shrink(&self, less: Room) {
        self.room.set(self.room.get() - less);
        self.set_cap();
    }

    /// Takes the magazine out, and leaves none.
    pub(super) fn take(&self) -> Magazine {
        self.replace(Magazine::NONE)
    }

    /// Lays a magazine into a list that has none.
    pub(super) fn set(&self, magazine: Magazine) {
        debug_assert!(!self.has_places());
        let _none = self.replace(magazine);
    }

    /// Takes the magazine out, and leaves another.
    #[allow(clippy::needless_pass_by_value, reason = "the magazine is given up")]
    pub(super) fn replace(&self, magazine: Magazine) -> Magazine {
        let (used, state) = (self.used(), self.state.load(Relaxed));
        let head = Head {
            len: used.objects,
            bytes: used.bytes,
            each: self.each.load(Relaxed),
            room: self.room.get(),
        };
        let old = Magazine { places: self.places.get(), head };
        self.places.set(magazine.places);
        self.mixed.store(magazine.head.bytes, Relaxed);
        self.each.store(magazine.head.each, Relaxed);
        self.state.store(state - used.objects as u64 + magazine.head.len as u64, Relaxed);
        self.room.set(magazine.head.room);
        self.set_cap();
        old
    }

    fn set_cap(&self) {
        let room = self.room.get();
        self.cap.set(match self.each.load(Relaxed) {
            MIXED => 0,
            0 => room.objects,
            each => room.objects.min(room.bytes / each),
        });
    }
}
