//! How a body is left: where it waits and where it ends. What a call did in its earlier polls lies
//! in its entry.
//!
//! Each has straight code for a frame without flags, and a jump for every other.

use crate::record::{Frame, Node};
use crate::scope::entry;
use crate::scope::exit::{self, After, Leaving, Way};
use crate::scope::future::add_part;
use crate::scope::out_of_order;
use crate::site::{Measured, Site};
use crate::tasks::{self, OwnWords, Task};
use crate::thread::state::ThreadState;
use std::ptr;

/// Where a body stands. The number is in the low bits of its word; the rest is an address.
pub(super) mod state {
    /// Runs, and nothing is kept of earlier polls; the address of its frame.
    pub(in crate::scope::body) const FRESH: usize = 0;
    /// Runs; the address of its entry.
    pub(in crate::scope::body) const RESUMED: usize = 1;
    /// About to wait, and waiting; the address of its entry.
    pub(in crate::scope::body) const STOPPING: usize = 2;
    pub(in crate::scope::body) const WAITING: usize = 3;
    /// The same where there is no entry, and 1 more; the address of its site. There is nothing to
    /// keep, or no entry to be had.
    pub(in crate::scope::body) const STOPPING_BARE: usize = 4;
    pub(in crate::scope::body) const BITS: usize = 7;
}

/// What a call did so far and where it stands, in the own words of its entry.
pub(super) struct Call {
    measured: Measured,
    pub(super) site: &'static Site,
    /// Of the poll that runs.
    pub(super) frame: *const Frame,
    /// It is among the futures alive, as it is not part of another.
    listed: bool,
    pub(super) cancelled: bool,
}

const _: () = assert!(size_of::<Call>() <= size_of::<OwnWords>());

impl Call {
    #[inline(always)]
    pub(super) fn new(site: &'static Site, measured: Measured) -> Self {
        Self { measured, site, frame: ptr::null(), listed: false, cancelled: false }
    }

    /// Writes it into an entry that was just taken.
    #[inline(always)]
    pub(super) fn keep(self, task: &'static Task) {
        // SAFETY: the own words of an entry are for who has it; a call fits into them.
        unsafe { call_of(task).write(self) };
    }
}

/// The call whose entry this is; of a body that has waited and has not ended, and whose only
/// user is who polls the body.
#[inline(always)]
pub(super) fn call_of(task: &'static Task) -> *mut Call {
    task.own().cast()
}

/// Leaves a poll in which a body waits, of whose earlier polls nothing is kept; the word of the
/// scope.
///
/// PERF: what follows a poll that counted nothing, and one that did, are functions of their own, so
/// that no figure is kept on the stack.
#[inline(never)]
pub(super) fn leave_first(frame: *const Frame, bytes: u32) -> *const () {
    ThreadState::with_address(|thread| {
        if frame.is_null() || !exit::is_plain_top(thread, frame) {
            return leave_first_slow_path(frame, thread, bytes);
        }
        // SAFETY: the innermost open frame of this thread, without flags.
        let (node, measured) = unsafe {
            let node = (*frame).node();
            (node, exit::pop_plain(thread, frame, node, Way::Straight, After::GoesOn))
        };
        match measured {
            // SAFETY: the frame was closed above.
            None => unsafe { stays_idle(node, thread, bytes) },
            // SAFETY: as above.
            Some(Measured { allocs, bytes: allocated, frees, freed: returned, peak }) => unsafe {
                stays_busy(bytes, allocs, allocated, frees, returned, peak)
            },
        }
    })
}

/// [`stays_first`] of a body that has counted nothing.
///
/// PERF: a function of its own, which jumps to [`stays_idle_in_any_case`] where a call may be
/// needed, so that it saves no register: 24 instructions.
///
/// # Safety
///
/// - A frame of the node was closed last on this thread, and none was opened since.
#[inline(never)]
unsafe fn stays_idle(node: &'static Node, thread: &ThreadState, bytes: u32) -> *const () {
    // SAFETY: the frame below one that was just closed; its node is one of this thread.
    if !unsafe { &*thread.own_top() }.node().is_root() {
        return stays_idle_in_any_case(node, thread, bytes);
    }
    let tasks = &thread.tasks;
    let Some(site) = node.site() else { return stays_idle_in_any_case(node, thread, bytes) };
    let Some((task, born)) = tasks.take_born() else {
        return stays_idle_in_any_case(node, thread, bytes);
    };
    task.enter(site, node, tasks.take_waits(), born, 0, bytes);
    Call { listed: true, ..Call::new(site, Measured::default()) }.keep(task);
    word_of(task, state::STOPPING)
}

#[inline(never)]
fn stays_idle_in_any_case(node: &'static Node, thread: &ThreadState, bytes: u32) -> *const () {
    stays_first(thread, node, Measured::default(), bytes)
}

/// [`stays_first`] of a body that has counted something.
///
/// PERF: as many values as System V has registers for arguments; thread and node are found again.
///
/// # Safety
///
/// - A frame was closed last on this thread, and none was opened since.
#[inline(never)]
unsafe fn stays_busy(
    bytes: u32,
    allocs: u64,
    allocated: u64,
    frees: u64,
    returned: u64,
    peak: u64,
) -> *const () {
    ThreadState::with_address(|thread| {
        // SAFETY: the frame that was just closed lies above the innermost open one, and keeps its
        // node until another is opened, which may be by a signal handler: a node too.
        let node = unsafe { (*thread.own_top().add(1)).node() };
        let measured = Measured { allocs, bytes: allocated, frees, freed: returned, peak };
        stays_first(thread, node, measured, bytes)
    })
}

#[cold]
#[inline(never)]
fn leave_first_slow_path(frame: *const Frame, thread: &ThreadState, bytes: u32) -> *const () {
    match close(thread, frame) {
        Some((node, _, measured)) => stays_first(thread, node, measured, bytes),
        None => bare(None),
    }
}

/// The word of a scope with an entry.
pub(super) fn word_of(task: &'static Task, state: usize) -> *const () {
    ptr::from_ref(task).cast::<()>().map_addr(|task| task | state)
}

/// The word of a scope that has none.
fn bare(site: Option<&'static Site>) -> *const () {
    let site = site.map_or(ptr::null(), ptr::from_ref);
    site.cast::<()>().map_addr(|site| site | state::STOPPING_BARE)
}

/// Leaves a poll in which a body waits again; the word of the scope, which was `word`.
#[inline(never)]
pub(super) fn leave_pending(task: &'static Task, word: *const ()) -> *const () {
    // SAFETY: the caller's scope has the entry.
    let call = unsafe { &mut *call_of(task) };
    ThreadState::with_address(|thread| {
        let frame = call.frame;
        if frame.is_null() || !exit::is_plain_top(thread, frame) {
            return leave_pending_slow_path(thread, task, call);
        }
        // SAFETY: the innermost open frame of this thread, without flags.
        let (node, measured) = unsafe {
            let node = (*frame).node();
            (node, exit::pop_plain(thread, frame, node, Way::Straight, After::GoesOn))
        };
        if let Some(measured) = measured {
            add_part(&mut call.measured, &measured);
        }
        stays(thread, node, task, call);
    });
    word.map_addr(|word| word & !state::BITS | state::STOPPING)
}

#[cold]
#[inline(never)]
fn leave_pending_slow_path(thread: &ThreadState, task: &'static Task, call: &mut Call) {
    if let Some((node, _, measured)) = close(thread, call.frame) {
        add_part(&mut call.measured, &measured);
        stays(thread, node, task, call);
    }
}

/// A body that has an entry is pending.
#[inline(always)]
fn stays(thread: &ThreadState, node: &'static Node, task: &'static Task, call: &Call) {
    if call.listed {
        task.polled(thread.tasks.take_waits());
        task.holds(held(&call.measured));
    } else {
        thread.tasks.waits_in(node);
    }
}

/// Closes a frame with what is open above it, and notes the time of the poll; `None` where it is
/// not open.
fn close(thread: &ThreadState, frame: *const Frame) -> Option<(&'static Node, Leaving, Measured)> {
    if frame.is_null() || (frame != thread.top() && !out_of_order::close_above(thread, frame)) {
        return None;
    }
    // SAFETY: the innermost open frame of this thread.
    let (node, (mut leaving, measured)) = unsafe { ((*frame).node(), exit::pop(thread, frame)) };
    // Polls are timed, not whole calls: a future may be pending for hours.
    exit::note_time(thread, node, &mut leaving);
    Some((node, leaving, measured))
}

/// Bytes allocated less those freed, as a signed number.
fn held(measured: &Measured) -> u64 {
    measured.bytes.wrapping_sub(measured.freed)
}

/// A body is pending, and nothing is kept of earlier polls. It gets an entry if there is anything
/// to keep, and is listed if it is not part of what polls it. The word of the scope.
#[inline(always)]
fn stays_first(
    thread: &ThreadState,
    node: &'static Node,
    measured: Measured,
    bytes: u32,
) -> *const () {
    let tasks = &thread.tasks;
    let Some(site) = node.site() else { return bare(None) };
    // SAFETY: the frame below one that was just closed; its node is one of this thread.
    let outermost = unsafe { &*thread.own_top() }.node().is_root();
    let listed = outermost || !entry::is_within_a_future(thread);
    if !listed {
        tasks.waits_in(node);
        if measured.is_idle() {
            return bare(Some(site));
        }
    }
    let Some(task) = tasks.take() else { return bare(Some(site)) };
    if listed {
        task.enter(site, node, tasks.take_waits(), tasks.birth(), held(&measured), bytes);
    }
    Call { listed, ..Call::new(site, measured) }.keep(task);
    word_of(task, state::STOPPING)
}

/// Leaves a body that never waited.
#[inline(never)]
pub(super) fn leave_fresh(frame: *const Frame) {
    ThreadState::with_address(|thread| {
        if frame.is_null() {
            return;
        }
        if !exit::is_plain_top(thread, frame) {
            return leave_fresh_slow_path(frame);
        }
        // SAFETY: the innermost open frame of this thread, without flags.
        let (node, measured) = unsafe {
            let node = (*frame).node();
            (node, exit::pop_plain(thread, frame, node, Way::Mixed, After::Ended))
        };
        thread.tasks.goes_on();
        exit::record_call(thread, node, measured);
        note_panic(node);
    });
}

#[cold]
#[inline(never)]
fn leave_fresh_slow_path(frame: *const Frame) {
    ThreadState::with(|thread| {
        if let Some((node, leaving, measured)) = close(thread, frame) {
            thread.tasks.goes_on();
            exit::finish(thread, node, leaving, measured);
        }
    });
}

/// Leaves a body that has waited.
#[inline(never)]
pub(super) fn leave_kept(task: &'static Task) {
    // A pointer: no reference may be alive when another thread has the entry.
    let call = call_of(task);
    // SAFETY: the caller's scope has the entry.
    let (frame, cancelled) = unsafe { ((*call).frame, (*call).cancelled) };
    ThreadState::with_address(|thread| {
        if cancelled || frame.is_null() || !exit::is_plain_top(thread, frame) {
            return leave_kept_slow_path(task);
        }
        // SAFETY: the innermost open frame of this thread, without flags.
        let (node, measured) = unsafe {
            let node = (*frame).node();
            (node, exit::pop_plain(thread, frame, node, Way::Straight, After::Ended))
        };
        match measured {
            // SAFETY: the frame was closed above.
            None => unsafe { kept_idle(task, thread, node) },
            // SAFETY: as above.
            Some(Measured { allocs, bytes, frees, freed: returned, peak }) => unsafe {
                kept_busy(task, allocs, bytes, frees, returned, peak);
            },
        }
    });
}

/// The end of a body that has waited, whose last poll counted nothing.
///
/// PERF: a function of its own, as [`stays_idle`]: 10 instructions.
///
/// # Safety
///
/// - A frame of the node was closed last on this thread, and none was opened since.
#[inline(never)]
unsafe fn kept_idle(task: &'static Task, thread: &ThreadState, node: &'static Node) {
    // SAFETY: the caller's scope has the entry; given away below.
    if !unsafe { &*call_of(task) }.measured.is_idle() {
        // SAFETY: the caller's word.
        return unsafe { kept_busy(task, 0, 0, 0, 0, 0) };
    }
    exit::record_call(thread, node, None);
    gives(thread, task);
    note_panic(node);
}

/// The end of a body that has waited, with what its last poll counted.
///
/// PERF: as many values as System V has registers for arguments; thread and node are found again.
///
/// # Safety
///
/// - A frame was closed last on this thread, and none was opened since.
#[inline(never)]
unsafe fn kept_busy(
    task: &'static Task,
    allocs: u64,
    bytes: u64,
    frees: u64,
    returned: u64,
    peak: u64,
) {
    ThreadState::with_address(|thread| {
        // SAFETY: the frame that was just closed lies above the innermost open one, and keeps its
        // node until another is opened, which may be by a signal handler: a node too.
        let node = unsafe { (*thread.own_top().add(1)).node() };
        // SAFETY: the caller's scope has the entry; given away below.
        let measured = unsafe {
            let call = call_of(task);
            add_part(
                &mut (*call).measured,
                &Measured { allocs, bytes, frees, freed: returned, peak },
            );
            (*call).measured
        };
        exit::record_call(thread, node, Some(measured).filter(|m| !m.is_idle()));
        gives(thread, task);
        note_panic(node);
    });
}

/// The entry is no longer needed; another thread may have it after that.
#[inline(always)]
fn gives(thread: &ThreadState, task: &'static Task) {
    thread.tasks.goes_on();
    thread.tasks.give(task);
}

#[cold]
#[inline(never)]
fn leave_kept_slow_path(task: &'static Task) {
    let call = call_of(task);
    // SAFETY: the caller's scope has the entry.
    let (frame, cancelled) = unsafe { ((*call).frame, (*call).cancelled) };
    ThreadState::with(|thread| match close(thread, frame) {
        Some((node, mut leaving, measured)) => {
            // SAFETY: as above; given away below.
            let measured = unsafe {
                add_part(&mut (*call).measured, &measured);
                (*call).measured
            };
            leaving.cancelled = cancelled;
            thread.tasks.goes_on();
            thread.tasks.give(task);
            exit::finish(thread, node, leaving, measured);
        }
        None => tasks::give_shared(task),
    });
}

/// Notes that the call is left by a panic.
#[inline(always)]
fn note_panic(node: &Node) {
    if std::thread::panicking()
        && let Some(record) = node.record()
    {
        record.panics.add(1);
    }
}
