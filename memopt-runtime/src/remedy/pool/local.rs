//! Where a thread finds its thread cache of a pool: a table by the pool's number.
//!
//! The table's place is plain thread-local storage, constant at start and without a destructor, so
//! it works in any thread and while other thread-locals are torn down. A second thread-local with a
//! destructor hands the objects on when the thread ends.

use super::index::NO_INDEX;
use super::thread_cache::ThreadCache;
use crate::machine::cold_path;
use std::cell::Cell;
use std::ptr;

type Entry = Cell<*const ThreadCache>;

/// A thread's table.
struct Local {
    /// The thread caches of the first pools of the program.
    ///
    /// PERF: at a fixed offset of the thread pointer: a load and a comparison less than by the
    /// table.
    near: [Entry; NEAR],
    /// The others.
    ///
    /// Invariant: `len` entries, each null or a thread cache this thread claimed.
    table: Cell<*mut Entry>,
    len: Cell<usize>,
    ended: Cell<bool>,
}

const NEAR: usize = 32;

thread_local! {
    static LOCAL: Local = const {
        Local {
            near: [const { Cell::new(ptr::null()) }; NEAR],
            table: Cell::new(ptr::null_mut()),
            len: Cell::new(0),
            ended: Cell::new(false),
        }
    };
    static LEAVE: Leave = const { Leave };
}

/// Hands the thread's objects on when its thread-locals are torn down.
struct Leave;

impl Drop for Leave {
    fn drop(&mut self) {
        LOCAL.with(Local::end);
    }
}

/// This thread's thread cache of the pool with a number, if it has one already.
#[inline(always)]
pub(super) fn find(index: usize) -> Option<&'static ThreadCache> {
    let thread_cache = LOCAL.with(|local| {
        if let Some(entry) = local.near.get(index) {
            return entry.get();
        }
        cold_path();
        local.far(index)
    });
    // SAFETY: null or a thread cache, and these are never freed.
    unsafe { thread_cache.as_ref() }
}

/// Whether nothing would hand the thread's objects on: the destructor ran already, or cannot be set
/// up any more.
pub(super) fn has_ended() -> bool {
    LOCAL.with(|local| local.ended.get()) || LEAVE.try_with(|_| ()).is_err()
}

/// Notes a thread cache that this thread has claimed.
pub(super) fn set(index: usize, thread_cache: &'static ThreadCache) {
    LOCAL.with(|local| local.set(index, thread_cache));
}

impl Local {
    #[inline(never)]
    fn far(&self, index: usize) -> *const ThreadCache {
        if index == NO_INDEX || index - NEAR >= self.len.get() {
            return ptr::null();
        }
        // SAFETY: inside the table.
        unsafe { (*self.table.get().add(index - NEAR)).get() }
    }

    fn set(&self, index: usize, thread_cache: &'static ThreadCache) {
        if let Some(entry) = self.near.get(index) {
            return entry.set(thread_cache);
        }
        let index = index - NEAR;
        if index >= self.len.get() {
            crate::untracked(|| {
                let mut table = self.take_table();
                table
                    .resize_with((index + 1).next_power_of_two().max(8), || Cell::new(ptr::null()));
                self.len.set(table.len());
                self.table.set(Box::into_raw(table.into_boxed_slice()).cast());
            });
        }
        // SAFETY: the table is long enough now.
        unsafe { (*self.table.get().add(index)).set(thread_cache) };
    }

    fn take_table(&self) -> Vec<Entry> {
        let len = self.len.take();
        let table = self.table.replace(ptr::null_mut());
        if table.is_null() {
            return Vec::new();
        }
        // SAFETY: a non-null table is a boxed slice of `len` entries.
        unsafe { Box::from_raw(ptr::slice_from_raw_parts_mut(table, len)) }.into_vec()
    }

    fn end(&self) {
        self.ended.set(true);
        let table = self.take_table();
        for entry in self.near.iter().chain(&table) {
            // SAFETY: entries are null or thread caches, which are never freed.
            if let Some(thread_cache) = unsafe { entry.replace(ptr::null()).as_ref() } {
                thread_cache.leave();
            }
        }
        crate::untracked(|| drop(table));
    }
}
