//! What a thread cache does where its lists are empty or full: it changes lists with what the
//! threads share.

use super::ThreadCache;
use crate::remedy::pool::magazine::{Magazine, Places};
use crate::remedy::pool::room::Room;
use crate::remedy::pool::shared::Held;
use crate::remedy::pool::slot::{DropQueue, Header};
use std::ptr::{self, NonNull};
use std::sync::atomic::Ordering::Relaxed;

impl ThreadCache {
    /// Takes an object when the list in use is empty: from the list behind it, or from what the
    /// threads share. The second value is to be destroyed.
    pub(in super::super) fn refill(&self) -> (Option<NonNull<Header>>, DropQueue) {
        let drop_queue = self.answer();
        if self.spare.is_empty() {
            self.fetch();
        } else {
            self.swap();
        }
        (self.pop(), drop_queue)
    }

    /// Gets a list of objects for the one in use, which is empty.
    fn fetch(&self) {
        let shared = &self.common.shared;
        let empty = self.list.take();
        let packed = empty.pack().map_or(ptr::null_mut(), NonNull::as_ptr);
        if let Some(full) = shared.depot.take(packed, || self.common.met()) {
            Places::prefetch(full.as_ptr());
            // SAFETY: out of the depot, so it is ours, and packed by who put it in.
            self.list.set(unsafe { Magazine::unpack(full) });
            return;
        }
        self.list.set(empty);
        if !shared.has_some() {
            return;
        }
        let mut shared = self.common.hold();
        if let Some(batch) = shared.pop() {
            let empty = self.list.replace(batch);
            if !empty.pack().is_some_and(|packed| self.common.shared.depot.offer(packed)) {
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
    pub(in super::super) unsafe fn keep(&self, block: NonNull<Header>, bytes: usize) -> DropQueue {
        let mut drop_queue = self.answer();
        if bytes <= self.common.max_object() {
            if self.hot.load(Relaxed).is_null() {
                self.make_hot_room(bytes);
            }
            if self.push_hot(block, bytes) {
                return drop_queue;
            }
            if !self.list.admits(bytes) {
                self.make_room(bytes);
            }
            if self.list.push(block, bytes) {
                return drop_queue;
            }
        }
        // SAFETY: the block was not taken.
        unsafe { drop_queue.push(block, bytes) };
        drop_queue
    }

    /// Gives the room the list in use has for an object of `bytes` to the place before it.
    pub(super) fn move_room_to_hot(&self, bytes: usize) {
        let limit = self.hot_limit.get();
        if bytes >= limit {
            self.hot_limit.set(bytes + 1);
            self.list.shrink(Room {
                objects: usize::from(limit == 0),
                bytes: bytes - limit.saturating_sub(1),
            });
        }
    }

    /// Makes the place before the lists large enough for an object of `bytes`, as far as the limits
    /// allow.
    fn make_hot_room(&self, bytes: usize) {
        let limit = self.hot_limit.get();
        if bytes < limit || bytes == usize::MAX {
            return;
        }
        if self.list.admits(bytes) {
            return self.move_room_to_hot(bytes);
        }
        let need =
            Room { objects: usize::from(limit == 0), bytes: bytes - limit.saturating_sub(1) };
        let mut shared = self.common.hold();
        if shared.grant(need) || shared.settle() && shared.grant(need) {
            self.hot_limit.set(bytes + 1);
        }
    }

    /// Makes room in the list in use for an object of `bytes`, as far as the limits allow.
    fn make_room(&self, bytes: usize) {
        if self.spare.is_empty() && self.spare.admits(bytes) {
            return self.swap();
        }
        let mut full = Magazine::NONE;
        if self.is_whole(bytes) {
            full = self.spare.replace(self.list.take());
            if full.head.len > 0 {
                self.change(&mut full);
            } else {
                self.list.set(std::mem::replace(&mut full, Magazine::NONE));
            }
            if self.is_roomy(bytes) {
                return;
            }
        }
        let mut shared = self.common.hold();
        shared.push(full);
        if !self.list.has_places() {
            self.list.set(shared.empty());
        }
        self.grow(&mut shared, bytes);
        if !self.list.admits(bytes) && shared.settle() {
            self.grow(&mut shared, bytes);
        }
    }

    /// Gives a full magazine for an empty one, which becomes the list in use.
    fn change(&self, full: &mut Magazine) {
        let Some(packed) = full.pack() else { return };
        if let Some(empty) = self.common.shared.depot.give(packed, || self.common.met()) {
            *full = Magazine::NONE;
            Places::prefetch(empty.as_ptr());
            // SAFETY: out of the depot, so it is ours, and packed by who put it in.
            self.list.set(unsafe { Magazine::unpack(empty) });
        }
    }

    /// Whether the list in use should hold no more than it does, one of `bytes` included.
    fn is_whole(&self, bytes: usize) -> bool {
        let (used, limits) = (self.list.used(), &self.common.limits);
        used.objects >= limits.batch()
            || used.objects > 0 && used.bytes.saturating_add(bytes) > limits.batch_bytes()
    }

    /// Whether the list in use, which is empty, has room for as many objects of `bytes` as a list
    /// should hold.
    fn is_roomy(&self, bytes: usize) -> bool {
        let (room, limits) = (self.list.room(), &self.common.limits);
        let enough = bytes.saturating_mul(limits.batch()).min(limits.batch_bytes());
        room.objects >= limits.batch() && room.bytes >= enough.max(bytes)
    }

    /// Has the list in use granted what a list of objects of `bytes` should have, or what is free
    /// of it.
    fn grow(&self, shared: &mut Held<'_>, bytes: usize) {
        let limits = &self.common.limits;
        let (batch, batch_bytes) = (limits.batch(), limits.batch_bytes());
        let (used, mut room) = (self.list.used(), self.list.room());
        let objects = shared.grant_objects(batch.saturating_sub(room.objects));
        room.objects += objects;
        let need = used.bytes.saturating_add(bytes).saturating_sub(room.bytes);
        let mut granted = 0;
        if room.objects > used.objects {
            let list = bytes
                .saturating_mul(batch - used.objects)
                .min(batch_bytes.saturating_sub(used.bytes));
            let want = used.bytes.saturating_add(list).saturating_sub(room.bytes);
            granted = shared.grant_bytes(need, need.max(want));
        }
        self.list.grow(Room { objects, bytes: granted });
    }
}
