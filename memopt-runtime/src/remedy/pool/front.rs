//! One thread's part of one pool: the list it takes from and gives to, and a full one behind it.
//!
//! Two lists, so that a thread that works at the edge of one does not go to the shared part each time. A thread may keep
//! only what was granted to its lists, so that the limits hold over all threads with no shared counter on the way.

use super::core::Core;
use super::list::List;
use super::shared::{Held, Room};
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
    /// Takes served by `hot`.
    hits: AtomicU64,
    /// A [`Pressure`] other threads ask this one to answer; 0 is none.
    asked: AtomicU8,
    /// The list in use.
    list: List,
    /// The list behind it.
    spare: List,
    /// An empty tray for the list in use once that is full, packed: its lines are on their way here. Null mostly.
    ///
    /// Invariant: where there is one, `spare` has no places.
    ahead: Cell<*mut Places>,
    /// Whether a thread has claimed it.
    pub(super) claimed: AtomicBool,
    /// The next front of the pool; fixed once it is listed.
    pub(super) next: AtomicPtr<Front>,
    pub(super) core: &'static Core,
}

impl Front {
    pub(super) fn new(core: &'static Core) -> Self {
        Self {
            hot: AtomicPtr::new(ptr::null_mut()),
            hot_bytes: AtomicUsize::new(0),
            hot_limit: Cell::new(0),
            hits: AtomicU64::new(0),
            asked: AtomicU8::new(0),
            list: List::new(),
            spare: List::new(),
            ahead: Cell::new(ptr::null_mut()),
            claimed: AtomicBool::new(true),
            next: AtomicPtr::new(ptr::null_mut()),
            core,
        }
    }

    /// Takes the object that lies ready, else one from the list in use.
    #[inline(always)]
    pub(super) fn pop(&self) -> Option<NonNull<Header>> {
        let Some(block) = NonNull::new(self.hot.load(Relaxed)) else {
            return self.list.pop();
        };
        self.hot.store(ptr::null_mut(), Relaxed);
        // PERF: compiles to one addition to memory without a lock prefix.
        self.hits.store(self.hits.load(Relaxed) + 1, Relaxed);
        Some(block)
    }

    /// Lays an object ready, or into the list in use if that has others of its size, if there is room and nothing else to do.
    ///
    /// The caller holds the block, and gives it up if the answer is true.
    #[inline(always)]
    pub(super) fn push_even(&self, block: NonNull<Header>, bytes: usize) -> bool {
        if self.asked.load(Relaxed) != 0 {
            return false;
        }
        if self.hot.load(Relaxed).is_null() {
            return self.push_hot(block, bytes);
        }
        // Objects of the size that is in the list were judged before.
        self.list.push_even(block, bytes)
    }

    /// Lays an object ready, if the place is free and the object small enough.
    ///
    /// The caller holds the block, and gives it up if the answer is true.
    #[inline(always)]
    fn push_hot(&self, block: NonNull<Header>, bytes: usize) -> bool {
        if bytes >= self.hot_limit.get() || !self.hot.load(Relaxed).is_null() {
            return false;
        }
        self.hot_bytes.store(bytes, Relaxed);
        self.hot.store(block.as_ptr(), Relaxed);
        true
    }

    /// Puts an object into the list in use, if there is room and nothing else to do, or lays it ready instead.
    ///
    /// The caller holds the block, and gives it up if the answer is true.
    pub(super) fn push(&self, block: NonNull<Header>, bytes: usize) -> bool {
        if self.asked.load(Relaxed) != 0 {
            return false;
        }
        if self.hot.load(Relaxed).is_null() && self.list.admits(bytes) && bytes <= self.core.max_object() {
            self.move_room_to_hot(bytes);
            if self.push_hot(block, bytes) {
                return true;
            }
        }
        // One of no bytes needs no grant of bytes, so the largest is judged here too.
        self.list.push_even(block, bytes)
            || self.list.harden() && self.look_ahead_and_push(block, bytes)
            || bytes <= self.core.max_object() && self.list.push(block, bytes)
    }

    #[cold]
    fn look_ahead_and_push(&self, block: NonNull<Header>, bytes: usize) -> bool {
        self.look_ahead();
        self.list.push_even(block, bytes)
    }

    /// Gives the full list behind the one in use for an empty one, before that is needed.
    ///
    /// PERF: 16 ns a line until the other thread's lines are here, of which a tray of 64 has nine; meanwhile the last quarter of the list in use is filled.
    fn look_ahead(&self) {
        if self.spare.is_empty() {
            return;
        }
        let full = self.spare.take();
        match full.pack().and_then(|packed| self.core.shared.exchange.give(packed, || self.core.met())) {
            Some(empty) => {
                Places::bring(empty.as_ptr());
                self.ahead.set(empty.as_ptr());
            }
            None => self.spare.set(full),
        }
    }

    fn take_ahead(&self) -> Option<Tray> {
        let packed = NonNull::new(self.ahead.replace(ptr::null_mut()))?;
        // SAFETY: out of the exchange, so it is ours, and packed by who put it in.
        Some(unsafe { Tray::unpack(packed) })
    }

    /// Takes an object when the list in use is empty: from the list behind it, or from what the threads share. The second value is to be
    /// destroyed.
    pub(super) fn refill(&self) -> (Option<NonNull<Header>>, Doomed) {
        let doomed = self.answer();
        if self.spare.is_empty() {
            self.fetch();
        } else {
            self.swap();
        }
        (self.pop(), doomed)
    }

    /// Gets a list of objects for the one in use, which is empty.
    fn fetch(&self) {
        let shared = &self.core.shared;
        let empty = self.list.take();
        let packed = empty.pack().map_or(ptr::null_mut(), NonNull::as_ptr);
        if let Some(full) = shared.exchange.take(packed, || self.core.met()) {
            Places::bring(full.as_ptr());
            // SAFETY: out of the exchange, so it is ours, and packed by who put it in.
            self.list.set(unsafe { Tray::unpack(full) });
            return;
        }
        self.list.set(empty);
        if !shared.has_some() {
            return;
        }
        let mut shared = self.core.hold();
        if let Some(batch) = shared.pop() {
            let empty = self.list.replace(batch);
            if !empty.pack().is_some_and(|packed| self.core.shared.exchange.offer(packed)) {
                shared.push(empty);
            }
        }
    }

    fn swap(&self) {
        let spare = self.spare.take();
        self.spare.set(self.list.replace(spare));
    }

    /// Keeps an object where [`push`](Self::push) would not. What is given back is to be destroyed.
    ///
    /// # Safety
    ///
    /// - The caller holds the block and gives it up.
    pub(super) unsafe fn keep(&self, block: NonNull<Header>, bytes: usize) -> Doomed {
        let mut doomed = self.answer();
        if bytes <= self.core.max_object() {
            if self.hot.load(Relaxed).is_null() {
                self.make_hot_room(bytes);
            }
            if self.push_hot(block, bytes) {
                return doomed;
            }
            if !self.list.admits(bytes) {
                self.make_room(bytes);
            }
            if self.list.push(block, bytes) {
                return doomed;
            }
        }
        // SAFETY: the block was not taken.
        unsafe { doomed.push(block, bytes) };
        doomed
    }

    /// Gives the room the list in use has for an object of `bytes` to the place before it.
    fn move_room_to_hot(&self, bytes: usize) {
        let limit = self.hot_limit.get();
        if bytes >= limit {
            self.hot_limit.set(bytes + 1);
            self.list
                .shrink(Room { objects: usize::from(limit == 0), bytes: bytes - limit.saturating_sub(1) });
        }
    }

    /// Makes the place before the lists large enough for an object of `bytes`, as far as the limits allow.
    fn make_hot_room(&self, bytes: usize) {
        let limit = self.hot_limit.get();
        if bytes < limit || bytes == usize::MAX {
            return;
        }
        if self.list.admits(bytes) {
            return self.move_room_to_hot(bytes);
        }
        let need = Room { objects: usize::from(limit == 0), bytes: bytes - limit.saturating_sub(1) };
        let mut shared = self.core.hold();
        if shared.grant(need) || shared.settle() && shared.grant(need) {
            self.hot_limit.set(bytes + 1);
        }
    }

    /// Makes room in the list in use for an object of `bytes`, as far as the limits allow.
    fn make_room(&self, bytes: usize) {
        if self.spare.is_empty() && self.spare.admits(bytes) {
            return self.swap();
        }
        let mut full = Tray::NONE;
        if self.is_whole(bytes) {
            full = self.spare.replace(self.list.take());
            if full.head.len > 0 {
                self.spare_was_full(&mut full);
            } else {
                self.list.set(self.take_ahead().unwrap_or_else(|| std::mem::replace(&mut full, Tray::NONE)));
            }
            if self.is_roomy(bytes) {
                self.list.soften();
                return;
            }
        }
        let mut shared = self.core.hold();
        shared.push(full);
        if !self.list.has_places() {
            self.list.set(shared.empty());
        }
        self.grow(&mut shared, bytes);
        if !self.list.admits(bytes) {
            // Room may lie unused elsewhere.
            self.take_ahead().into_iter().for_each(|empty| shared.push(empty));
            shared.settle();
            self.grow(&mut shared, bytes);
        }
    }

    /// Gives a full tray for an empty one, which becomes the list in use.
    fn spare_was_full(&self, full: &mut Tray) {
        let Some(packed) = full.pack() else { return };
        if let Some(empty) = self.core.shared.exchange.give(packed, || self.core.met()) {
            *full = Tray::NONE;
            Places::bring(empty.as_ptr());
            // SAFETY: out of the exchange, so it is ours, and packed by who put it in.
            self.list.set(unsafe { Tray::unpack(empty) });
        }
    }

    /// Whether the list in use should hold no more than it does, one of `bytes` included.
    fn is_whole(&self, bytes: usize) -> bool {
        let (used, limits) = (self.list.used(), &self.core.limits);
        used.objects >= limits.batch()
            || used.objects > 0 && used.bytes.saturating_add(bytes) > limits.batch_bytes()
    }

    /// Whether the list in use, which is empty, has room for as many objects of `bytes` as a list should hold.
    fn is_roomy(&self, bytes: usize) -> bool {
        let (room, limits) = (self.list.room(), &self.core.limits);
        let enough = bytes.saturating_mul(limits.batch()).min(limits.batch_bytes());
        room.objects >= limits.batch() && room.bytes >= enough.max(bytes)
    }

    /// Has the list in use granted what a list of objects of `bytes` should have, or what is free of it.
    fn grow(&self, shared: &mut Held<'_>, bytes: usize) {
        let limits = &self.core.limits;
        let (batch, batch_bytes) = (limits.batch(), limits.batch_bytes());
        let (used, mut room) = (self.list.used(), self.list.room());
        let objects = shared.grant_objects(batch.saturating_sub(room.objects));
        room.objects += objects;
        let need = used.bytes.saturating_add(bytes).saturating_sub(room.bytes);
        let mut granted = 0;
        if room.objects > used.objects {
            let list = bytes.saturating_mul(batch - used.objects).min(batch_bytes.saturating_sub(used.bytes));
            let want = used.bytes.saturating_add(list).saturating_sub(room.bytes);
            granted = shared.grant_bytes(need, need.max(want));
        }
        self.list.grow(Room { objects, bytes: granted });
    }

    /// Gives back what other threads asked for.
    pub(super) fn answer(&self) -> Doomed {
        // PERF: a swap waits for all stores before it, and mostly nobody asked.
        if self.asked.load(Relaxed) == 0 {
            return Doomed::NONE;
        }
        let asked = self.asked.swap(0, Relaxed);
        self.trim(asked >= Pressure::Critical as u8)
    }

    /// Takes out, to be destroyed, the list behind the one in use, or everything, and gives back what is not used.
    pub(super) fn trim(&self, all: bool) -> Doomed {
        let mut doomed = Doomed::NONE;
        let mut unused = Room::NONE;
        let mut lists = [self.spare.take(), self.take_ahead().unwrap_or(Tray::NONE), Tray::NONE];
        if all {
            lists[2] = self.list.take();
        }
        for mut list in lists {
            list.doom(&mut doomed);
            unused = unused + list.shrink();
            list.free();
        }
        if all || self.hot.load(Relaxed).is_null() {
            let (item, granted) = self.take_hot();
            unused = unused + granted;
            if let Some(Item { block, bytes }) = item {
                // SAFETY: it lay here, so it was this thread's.
                unsafe { doomed.push(block, bytes) };
            }
        }
        let idle = self.list.room() - self.list.used();
        self.list.shrink(idle);
        self.core.hold().give_back(unused + idle);
        doomed
    }

    /// Hands everything to the shared part, since the thread ends. What is given back is to be destroyed.
    pub(super) fn leave(&self) -> Doomed {
        let doomed = self.answer();
        let (single, room) = self.take_hot();
        let mut shared = self.core.hold();
        if let Some(item) = single {
            let tray = Tray::single(shared.empty(), item, room);
            shared.push(tray);
        } else {
            shared.give_back(room);
        }
        self.take_ahead().into_iter().for_each(|empty| shared.push(empty));
        shared.push(self.spare.take());
        shared.push(self.list.take());
        // Room that waits there for a thread that gives back could wait for ever.
        shared.settle();
        doomed
    }

    /// Takes the object that lies ready, if there is one, and what was granted for it.
    fn take_hot(&self) -> (Option<Item>, Room) {
        let block = NonNull::new(self.hot.load(Relaxed));
        self.hot.store(ptr::null_mut(), Relaxed);
        let granted = match self.hot_limit.replace(0) {
            0 => Room::NONE,
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
        let mut idle = self.list.used() + self.spare.used();
        if !self.hot.load(Relaxed).is_null() {
            idle.objects += 1;
            idle.bytes += self.hot_bytes.load(Relaxed);
        }
        idle
    }

    /// Takes served here. Any thread may call it.
    pub(super) fn hits(&self) -> u64 {
        self.hits.load(Relaxed) + self.list.taken()
    }
}
