//! Where a thread finds its front of a pool: a table by the pool's number.
//!
//! The table's place is plain thread-local storage, constant at start and without a destructor, so it works in any thread and while
//! other thread-locals are torn down. A second thread-local with a destructor hands the objects on when the thread ends.

use super::core::Core;
use super::front::Front;
use crate::machine::rare;
use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

type Entry = Cell<*const Front>;

/// A thread's table.
struct Local {
    /// The fronts of the first pools of the program.
    ///
    /// PERF: at a fixed offset of the thread pointer: a load and a comparison less than by the table.
    near: [Entry; NEAR],
    /// The others.
    ///
    /// Invariant: `len` entries, each null or a front this thread claimed.
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

/// This thread's front of the pool, if it has one already.
#[inline(always)]
pub(super) fn find(core: &Core) -> Option<&'static Front> {
    let index = core.index();
    let front = LOCAL.with(|local| {
        if let Some(entry) = local.near.get(index) {
            return entry.get();
        }
        rare();
        local.far(index)
    });
    // SAFETY: null or a front, and these are never freed.
    unsafe { front.as_ref() }
}

/// This thread's front of the pool; `None` while the thread ends.
pub(super) fn find_or_claim(core: &'static Core) -> Option<&'static Front> {
    if let Some(front) = find(core) {
        return Some(front);
    }
    let index = core.register();
    // Where the destructor ran already, or cannot be set up any more, nothing would hand the objects on.
    if LOCAL.with(|local| local.ended.get()) || LEAVE.try_with(|_| ()).is_err() {
        return None;
    }
    let front = core.claim();
    LOCAL.with(|local| local.set(index, front));
    Some(front)
}

impl Local {
    #[inline(never)]
    fn far(&self, index: usize) -> *const Front {
        if index == NO_INDEX || index - NEAR >= self.len.get() {
            return ptr::null();
        }
        // SAFETY: inside the table.
        unsafe { (*self.table.get().add(index - NEAR)).get() }
    }

    fn set(&self, index: usize, front: &'static Front) {
        if let Some(entry) = self.near.get(index) {
            return entry.set(front);
        }
        let index = index - NEAR;
        if index >= self.len.get() {
            crate::quiet(|| {
                let mut table = self.take_table();
                table.resize_with((index + 1).next_power_of_two().max(8), || Cell::new(ptr::null()));
                self.len.set(table.len());
                self.table.set(Box::into_raw(table.into_boxed_slice()).cast());
            });
        }
        // SAFETY: the table is long enough now.
        unsafe { (*self.table.get().add(index)).set(front) };
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
            // SAFETY: entries are null or fronts, which are never freed.
            if let Some(front) = unsafe { entry.replace(ptr::null()).as_ref() } {
                front.core.leave(front);
            }
        }
        crate::quiet(|| drop(table));
    }
}

/// A number no table reaches: that of a pool nobody used yet.
pub(super) const NO_INDEX: usize = usize::MAX;

/// Numbers given to pools so far.
static POOLS: AtomicUsize = AtomicUsize::new(0);

/// The next number.
pub(super) fn next_index() -> usize {
    POOLS.fetch_add(1, Relaxed)
}
