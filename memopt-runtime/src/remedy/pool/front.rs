//! One thread's part of one pool: the list it takes from and gives to, and a full one behind it.
//!
//! Two lists, so that a thread that works at the edge of one does not go to the shared part each time. A thread may keep
//! only what was granted to it, so that the limits hold over all threads with no shared counter on the way.

use super::core::Core;
use super::shared::Room;
use super::slot::{Doomed, Header};
use super::tray::{Item, Places, Tray};
use crate::remedy::Pressure;
use std::cell::Cell;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed};

/// A thread's idle objects. Fronts are never freed, but used again by later threads.
///
/// Only the thread that claimed it calls its methods, except where they say so, and touches the cells. The other words have that one
/// writer too, and any reader.
#[repr(C, align(128))]
pub(super) struct Front {
    /// A place for one object before the lists.
    ///
    /// PERF: an object that is taken and given back by turns passes one word; through the list alone it takes three dependent
    /// loads from words just stored, 3.8 ns
    /// instead of 2.2.
    hot: AtomicPtr<Header>,
    /// Bytes of the object in `hot`, if there is one.
    hot_bytes: AtomicUsize,
    /// The object in `hot` has fewer bytes than this.
    ///
    /// Invariant: 0, or one more than the bytes granted to `hot`, with one object granted.
    hot_limit: Cell<usize>,
    /// Takes served here.
    hits: AtomicU64,
    /// A [`Pressure`] other threads ask this one to answer; 0 is none.
    asked: AtomicU8,
    /// The list in use.
    places: Cell<*mut Places>,
    len: AtomicUsize,
    bytes: AtomicUsize,
    /// Objects and bytes the list in use may hold.
    ///
    /// Invariant: `len <= cap`, `bytes <= bytes_cap`, and with the list behind it they stay within `granted`. `cap` is no more than
    /// a tray has places, and 0 where `places` is null.
    cap: Cell<usize>,
    bytes_cap: Cell<usize>,
    /// The list behind the one in use.
    spare: Cell<*mut Places>,
    spare_len: AtomicUsize,
    spare_bytes: AtomicUsize,
    /// What the two lists may hold.
    granted: Cell<Room>,
    /// Whether a thread has claimed it.
    pub(super) claimed: AtomicBool,
    /// The next front of the pool; fixed once it is listed.
    pub(super) next: AtomicPtr<Front>,
    pub(super) core: &'static Core,
}

/// Adds to a word that only this thread writes.
///
/// PERF: compiles to one addition to memory without a lock prefix.
macro_rules! bump {
    ($word:expr, $sign:tt, $n:expr) => {
        $word.store($word.load(Relaxed) $sign $n, Relaxed)
    };
}

impl Front {
    pub(super) fn new(core: &'static Core) -> Self {
        Self {
            hot: AtomicPtr::new(ptr::null_mut()),
            hot_bytes: AtomicUsize::new(0),
            hot_limit: Cell::new(0),
            hits: AtomicU64::new(0),
            asked: AtomicU8::new(0),
            places: Cell::new(ptr::null_mut()),
            len: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            cap: Cell::new(0),
            bytes_cap: Cell::new(0),
            spare: Cell::new(ptr::null_mut()),
            spare_len: AtomicUsize::new(0),
            spare_bytes: AtomicUsize::new(0),
            granted: Cell::new(Room::default()),
            claimed: AtomicBool::new(true),
            next: AtomicPtr::new(ptr::null_mut()),
            core,
        }
    }

    /// Takes the object that lies ready.
    #[inline(always)]
    pub(super) fn pop_hot(&self) -> Option<NonNull<Header>> {
        let block = NonNull::new(self.hot.load(Relaxed))?;
        self.hot.store(ptr::null_mut(), Relaxed);
        bump!(self.hits, +, 1);
        Some(block)
    }

    /// Lays an object ready, if the place is free, the object small enough and nothing else to do.
    ///
    /// The caller holds the block, and gives it up if the answer is true.
    #[inline(always)]
    pub(super) fn push_hot(&self, block: NonNull<Header>, bytes: usize) -> bool {
        if bytes >= self.hot_limit.get() || !self.hot.load(Relaxed).is_null() || self.asked.load(Relaxed) != 0
        {
            return false;
        }
        self.hot_bytes.store(bytes, Relaxed);
        self.hot.store(block.as_ptr(), Relaxed);
        true
    }

    /// Takes an object from the list in use.
    pub(super) fn pop(&self) -> Option<NonNull<Header>> {
        let left = self.len.load(Relaxed).checked_sub(1)?;
        // SAFETY: the places are this thread's, and hold one object more than are left.
        let item = unsafe { Places::read(self.places.get(), left) };
        self.len.store(left, Relaxed);
        bump!(self.bytes, -, item.bytes);
        bump!(self.hits, +, 1);
        Some(item.block)
    }

    /// Puts an object into the list in use, if there is room and nothing else to do, or lays it ready instead.
    ///
    /// # Safety
    ///
    /// - The caller holds the block, and gives it up if the answer is true.
    pub(super) unsafe fn push(&self, block: NonNull<Header>, bytes: usize) -> bool {
        let len = self.len.load(Relaxed);
        let sum = self.bytes.load(Relaxed).saturating_add(bytes);
        // An object of no bytes needs no grant of bytes, so the largest is judged here too.
        if bytes > self.core.max_object()
            || len >= self.cap.get()
            || sum > self.bytes_cap.get()
            || self.asked.load(Relaxed) != 0
        {
            return false;
        }
        if self.hot.load(Relaxed).is_null() {
            self.move_room_to_hot(bytes);
            if self.push_hot(block, bytes) {
                return true;
            }
        }
        // SAFETY: less than `cap`, so there are places and one is free (invariant).
        unsafe { Places::write(self.places.get(), len, Item { block, bytes }) };
        self.len.store(len + 1, Relaxed);
        self.bytes.store(sum, Relaxed);
        true
    }

    /// Takes an object when the list in use is empty: from the list behind it, or from the shared part. The second value is to be
    /// destroyed.
    pub(super) fn refill(&self) -> (Option<NonNull<Header>>, Doomed) {
        let doomed = self.answer();
        if self.spare_len.load(Relaxed) > 0 {
            let empty = self.take_list();
            self.set_list(self.take_spare());
            self.set_spare(empty);
            self.set_caps(0);
        } else if self.core.shared.has_some() {
            let mut shared = self.core.hold();
            if let Some(batch) = shared.pop() {
                // Nothing is idle here: all that was granted is unused.
                shared.give_back(self.granted.replace(Room { objects: batch.len, bytes: batch.bytes }));
                shared.push(self.take_list());
                drop(shared);
                self.set_list(batch);
                self.set_caps(0);
            }
        }
        (self.pop(), doomed)
    }

    /// Keeps an object where [`push`](Self::push) would not. What is given back is to be destroyed.
    ///
    /// # Safety
    ///
    /// - The caller holds the block and gives it up.
    pub(super) unsafe fn keep(&self, block: NonNull<Header>, bytes: usize) -> Doomed {
        let mut doomed = self.answer();
        let fits = bytes <= self.core.max_object();
        if fits && self.hot.load(Relaxed).is_null() {
            self.make_hot_room(bytes);
        } else if fits {
            self.make_room(bytes);
        }
        // SAFETY: the caller's; each is asked only if the one before did not take it.
        if !self.push_hot(block, bytes) && !unsafe { self.push(block, bytes) } {
            // SAFETY: the block was not taken.
            unsafe { doomed.push(block, bytes) };
        }
        doomed
    }

    /// Gives the room the list in use has for an object of `bytes` to the place before it.
    fn move_room_to_hot(&self, bytes: usize) {
        let limit = self.hot_limit.get();
        if bytes >= limit {
            self.hot_limit.set(bytes + 1);
            self.ungrant(Room { objects: usize::from(limit == 0), bytes: bytes - limit.saturating_sub(1) });
            self.set_caps(0);
        }
    }

    /// Makes the place before the lists large enough for an object of `bytes`, as far as the limits allow.
    fn make_hot_room(&self, bytes: usize) {
        let limit = self.hot_limit.get();
        let granted = limit.saturating_sub(1);
        if bytes < limit {
            return;
        }
        let mut shared = self.core.hold();
        if limit == 0 && shared.grant_objects(1) == 0 {
            return;
        }
        let need = bytes - granted;
        if shared.grant_bytes(need, need) == need {
            self.hot_limit.set(bytes + 1);
        } else if limit == 0 {
            shared.give_back(Room { objects: 1, bytes: 0 });
        }
    }

    /// Makes room for an object of `bytes`, as far as the limits allow.
    fn make_room(&self, bytes: usize) {
        let (batch, batch_bytes) = (self.core.limits.batch(), self.core.limits.batch_bytes());
        let mut shared = self.core.hold();
        let len = self.len.load(Relaxed);
        if len >= batch || len > 0 && self.bytes.load(Relaxed) + bytes > batch_bytes {
            let spare = self.take_spare();
            self.ungrant(Room { objects: spare.len, bytes: spare.bytes });
            shared.push(spare);
            self.set_spare(self.take_list());
        }
        if self.places.get().is_null() {
            self.set_list(shared.empty());
        }
        let used = self.used_by_lists();
        let len = self.len.load(Relaxed);
        let mut granted = self.granted.get();
        if used.objects >= granted.objects {
            granted.objects += shared.grant_objects(batch - len);
        }
        let need = (used.bytes + bytes).saturating_sub(granted.bytes);
        if need > 0 && granted.objects > used.objects {
            // Enough for a whole list of such objects, but no more than a list may hold.
            let list =
                bytes.saturating_mul(batch - len).min(batch_bytes.saturating_sub(self.bytes.load(Relaxed)));
            granted.bytes += shared.grant_bytes(need, need.max(list));
        }
        self.granted.set(granted);
        drop(shared);
        self.set_caps(bytes);
    }

    /// Gives back what other threads asked for.
    pub(super) fn answer(&self) -> Doomed {
        match self.asked.swap(0, Relaxed) {
            0 => Doomed::NONE,
            asked => self.trim(asked >= Pressure::Critical as u8),
        }
    }

    /// Takes out, to be destroyed, the list behind the one in use, or everything, and gives back what is not used.
    pub(super) fn trim(&self, all: bool) -> Doomed {
        let mut doomed = Doomed::NONE;
        let mut lists = [self.take_spare(), Tray::NONE];
        if all {
            lists[1] = self.take_list();
        }
        for mut list in lists {
            list.doom(&mut doomed);
            list.free();
        }
        let mut unused = Room::default();
        if all || self.hot.load(Relaxed).is_null() {
            let (item, granted) = self.take_hot();
            unused = granted;
            if let Some(Item { block, bytes }) = item {
                // SAFETY: it lay here, so it was this thread's.
                unsafe { doomed.push(block, bytes) };
            }
        }
        let used = self.used_by_lists();
        let granted = self.granted.replace(used);
        unused.objects += granted.objects - used.objects;
        unused.bytes += granted.bytes - used.bytes;
        self.core.hold().give_back(unused);
        self.set_caps(0);
        doomed
    }

    /// Hands everything to the shared part, since the thread ends. What is given back is to be destroyed.
    pub(super) fn leave(&self) -> Doomed {
        let doomed = self.answer();
        let (single, mut room) = self.take_hot();
        let mut shared = self.core.hold();
        if let Some(item) = single {
            let mut tray = shared.empty();
            tray.push(item);
            room.objects -= 1;
            room.bytes -= item.bytes;
            shared.push(tray);
        }
        shared.give_back(room);
        for batch in [self.take_spare(), self.take_list()] {
            self.ungrant(Room { objects: batch.len, bytes: batch.bytes });
            shared.push(batch);
        }
        shared.give_back(self.granted.take());
        drop(shared);
        self.set_caps(0);
        doomed
    }

    /// Takes the object that lies ready, if there is one, and what was granted for it.
    fn take_hot(&self) -> (Option<Item>, Room) {
        let block = NonNull::new(self.hot.load(Relaxed));
        self.hot.store(ptr::null_mut(), Relaxed);
        let granted = match self.hot_limit.replace(0) {
            0 => Room::default(),
            limit => Room { objects: 1, bytes: limit - 1 },
        };
        (block.map(|block| Item { block, bytes: self.hot_bytes.load(Relaxed) }), granted)
    }

    /// Asks the thread to trim when it next returns an object. Any thread may call it.
    pub(super) fn ask(&self, pressure: Pressure) {
        self.asked.fetch_max(pressure as u8, Relaxed);
    }

    /// Objects and bytes idle here, as of now. Any thread may call it.
    pub(super) fn idle(&self) -> Room {
        let mut idle = self.used_by_lists();
        if !self.hot.load(Relaxed).is_null() {
            idle.objects += 1;
            idle.bytes += self.hot_bytes.load(Relaxed);
        }
        idle
    }

    /// Takes served here. Any thread may call it.
    pub(super) fn hits(&self) -> u64 {
        self.hits.load(Relaxed)
    }

    fn used_by_lists(&self) -> Room {
        Room {
            objects: self.len.load(Relaxed) + self.spare_len.load(Relaxed),
            bytes: self.bytes.load(Relaxed) + self.spare_bytes.load(Relaxed),
        }
    }

    fn ungrant(&self, room: Room) {
        let granted = self.granted.get();
        self.granted.set(Room { objects: granted.objects - room.objects, bytes: granted.bytes - room.bytes });
    }

    /// Works out how much the list in use may hold, with `coming` more bytes at least where they were granted.
    fn set_caps(&self, coming: usize) {
        let (granted, limits) = (self.granted.get(), &self.core.limits);
        let (len, bytes) = (self.len.load(Relaxed), self.bytes.load(Relaxed));
        let cap = granted.objects - self.spare_len.load(Relaxed);
        self.cap.set(cap.min(limits.batch().max(len)));
        let bytes_cap = granted.bytes - self.spare_bytes.load(Relaxed);
        self.bytes_cap.set(bytes_cap.min(limits.batch_bytes().max(bytes + coming)));
    }

    fn take_list(&self) -> Tray {
        let list =
            Tray { places: self.places.get(), len: self.len.load(Relaxed), bytes: self.bytes.load(Relaxed) };
        self.set_list(Tray::NONE);
        list
    }

    #[allow(clippy::needless_pass_by_value, reason = "the tray is given up")]
    fn set_list(&self, list: Tray) {
        self.places.set(list.places);
        self.len.store(list.len, Relaxed);
        self.bytes.store(list.bytes, Relaxed);
    }

    fn take_spare(&self) -> Tray {
        let spare = Tray {
            places: self.spare.get(),
            len: self.spare_len.load(Relaxed),
            bytes: self.spare_bytes.load(Relaxed),
        };
        self.set_spare(Tray::NONE);
        spare
    }

    #[allow(clippy::needless_pass_by_value, reason = "the tray is given up")]
    fn set_spare(&self, list: Tray) {
        self.spare.set(list.places);
        self.spare_len.store(list.len, Relaxed);
        self.spare_bytes.store(list.bytes, Relaxed);
    }
}
