//! What one thread has at hand for the futures it polls.

use super::entry::Task;
use super::{SPARES, clock, more};
use crate::record::Node;
use crate::thread::erased::{TaskWords, typed};
use crate::thread::{Room, at_end};
use std::cell::Cell;
use std::ptr;

/// Entries that go to and from the other threads at once.
const BATCH: u32 = 32;
/// Births in a row that are given one reading of the clock, where the one before was given within
/// [`clock::TICK_NS`].
const BIRTHS: u32 = 15;

// The words of a thread: entries for its next futures, one apart and more as a list; the time that
// the next births are given; and the innermost future that was pending, of the poll that is being
// left (null between polls and where it is the outermost).
//
// PERF: the first entry lies apart, so a future that begins and one that ends cost 4 instructions
// each where they take turns; a poll of a future that has its entry 4.
impl TaskWords {
    #[inline(always)]
    fn spare(&self) -> &Cell<*const Task> {
        // SAFETY: only this file uses the words, by these accessors.
        unsafe { typed(&self.spare) }
    }

    #[inline(always)]
    fn list(&self) -> &Cell<*const Task> {
        // SAFETY: as above.
        unsafe { typed(&self.list) }
    }

    #[inline(always)]
    fn waits(&self) -> &Cell<*const Node> {
        // SAFETY: as above.
        unsafe { typed(&self.waits) }
    }

    /// An entry that nobody has; `None` past the cap.
    #[inline(always)]
    pub(crate) fn take(&self) -> Option<&'static Task> {
        // SAFETY: null, or an entry, which is never unmapped.
        match unsafe { self.spare().get().as_ref() } {
            Some(spare) => {
                self.spare().set(ptr::null());
                Some(spare)
            }
            None => self.take_listed(),
        }
    }

    /// An entry that nobody has and the time its future is born at, where both are at hand.
    #[inline(always)]
    pub(crate) fn take_born(&self) -> Option<(&'static Task, u64)> {
        let left = self.births_left.get().checked_sub(1)?;
        // SAFETY: null, or an entry, which is never unmapped.
        let spare = unsafe { self.spare().get().as_ref() }?;
        self.spare().set(ptr::null());
        self.births_left.set(left);
        Some((spare, self.born.get()))
    }

    /// One of the thread's list.
    #[inline(never)]
    fn take_listed(&self) -> Option<&'static Task> {
        if self.list().get().is_null() {
            self.fetch()?;
        }
        // SAFETY: an entry of the thread's list, never unmapped.
        let task = unsafe { &*self.list().get() };
        self.list().set(task.next());
        self.listed.set(self.listed.get() - 1);
        Some(task)
    }

    /// Takes entries from those of all threads; `None` past the cap.
    #[cold]
    #[inline(never)]
    fn fetch(&self) -> Option<()> {
        at_end(Room::Tasks, |thread| thread.tasks.end());
        let (list, listed) = SPARES.take(BATCH, more)?;
        self.list().set(list);
        self.listed.set(listed);
        Some(())
    }

    /// The future has ended: its entry is free.
    #[inline(always)]
    pub(crate) fn give(&self, task: &'static Task) {
        task.leave();
        if self.spare().get().is_null() {
            self.spare().set(task);
        } else {
            self.give_slow_path(task);
        }
    }

    #[inline(never)]
    fn give_slow_path(&self, task: &'static Task) {
        task.set_next(self.list().get());
        self.list().set(task);
        self.listed.set(self.listed.get() + 1);
        // A thread on which futures only end must not collect the entries of those on which they
        // begin.
        if self.listed.get() > 2 * BATCH {
            self.give_away(BATCH);
        }
    }

    /// Gives the first `count` of the list to all threads.
    fn give_away(&self, count: u32) {
        // SAFETY: null, or the thread's list of entries, which are never unmapped; it holds at
        // least `count`.
        let Some(first) = (unsafe { self.list().get().as_ref() }) else { return };
        let mut last: &'static Task = first;
        for _ in 1..count {
            // SAFETY: as above.
            last = unsafe { &*last.next() };
        }
        self.list().set(last.next());
        self.listed.set(self.listed.get() - count);
        SPARES.give(first, last);
    }

    /// The thread ends: others may have its entries.
    pub(crate) fn end(&self) {
        self.give_away(self.listed.get());
        // SAFETY: null, or an entry, which is never unmapped.
        if let Some(spare) = unsafe { self.spare().replace(ptr::null()).as_ref() } {
            SPARES.give(spare, spare);
        }
    }

    /// The time a future is born at.
    ///
    /// PERF: the clock takes 5 ns. Where births follow each other within a tick, the next 15 are
    /// given the same time; when a thread stops in the middle of such a run, as many of its later
    /// futures may seem older than they are.
    #[inline(always)]
    pub(crate) fn birth(&self) -> u64 {
        match self.births_left.get() {
            0 => self.birth_by_the_clock(),
            left => {
                self.births_left.set(left - 1);
                self.born.get()
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn birth_by_the_clock(&self) -> u64 {
        let now = clock::now_ns();
        if now.wrapping_sub(self.born.get()) <= clock::TICK_NS {
            self.births_left.set(BIRTHS);
        }
        self.born.set(now);
        now
    }

    /// A future within another was pending at the end of its poll, in `node`.
    #[inline(always)]
    pub(crate) fn waits_in(&self, node: *const Node) {
        // The innermost is left first.
        if self.waits().get().is_null() {
            self.waits().set(node);
        }
    }

    /// The outermost was pending: where it waits.
    #[inline(always)]
    pub(crate) fn take_waits(&self) -> *const Node {
        self.waits().replace(ptr::null())
    }

    /// Some future has ended: what was pending within it is gone, or polled anew.
    #[inline(always)]
    pub(crate) fn goes_on(&self) {
        self.waits().set(ptr::null());
    }
}
