//! The scope of an async function's body: left where the body waits, entered where it goes on.
//!
//! The body stays where the user wrote it, with a guard as its first variable, so what it drops,
//! and when, is as in the plain function. What a call did in its earlier polls is kept in the entry
//! of the future, and not in the future.

use super::awaited::PolledWith;
use super::entry::{self, Entered};
use super::exit::{self, Leaving};
use super::future::add_part;
use super::out_of_order;
use crate::record::{Frame, Node};
use crate::site::{Measured, Site};
use crate::tasks::{self, OwnWords, Task};
use crate::thread::state::ThreadState;
use std::fmt;
use std::future::Future;
use std::panic::UnwindSafe;
use std::pin::Pin;
use std::ptr;
use std::task::{Context as Waker, Poll};

/// Where a body stands. The number is in the low bits of its word; the rest is an address.
mod state {
    /// Runs, and has not waited yet, or not where that could be kept; the address of its frame.
    pub(super) const FRESH: usize = 0;
    /// Runs; the address of its entry.
    pub(super) const RESUMED: usize = 1;
    /// About to wait, and waiting; the address of its entry.
    pub(super) const STOPPING: usize = 2;
    pub(super) const WAITING: usize = 3;
    /// The same where there is no entry to be had, and 1 more; the address of its site.
    pub(super) const STOPPING_UNKEPT: usize = 4;
    pub(super) const BITS: usize = 7;
}

/// What a call did so far and where it stands, in the own words of its entry.
struct Call {
    measured: Measured,
    site: &'static Site,
    /// Of the poll that runs.
    frame: *const Frame,
    /// It is among the futures alive, as it is not part of another.
    listed: bool,
    cancelled: bool,
}

const _: () = assert!(size_of::<Call>() <= size_of::<OwnWords>());

/// The call whose entry this is; of a body that was [kept](keep) and has not ended, and whose only
/// user is who polls the body.
#[inline(always)]
fn call_of(task: &'static Task) -> *mut Call {
    task.own().cast()
}

/// The open scope of an async body.
///
/// It may go from thread to thread while the body waits, and is on one while it runs.
pub struct BodyScope {
    word: *const (),
}

// SAFETY: a frame is touched by the thread that it is of alone: elsewhere its address is not found
// among the open ones. An entry may be touched by whoever polls the body.
unsafe impl Send for BodyScope {}
// SAFETY: nothing is done by a shared reference but to print it.
unsafe impl Sync for BodyScope {}

/// Enters the body of an async function, at its first poll.
#[inline(never)]
pub fn enter_body(site: &'static Site) -> BodyScope {
    BodyScope { word: enter(site).cast() }
}

#[inline(always)]
fn enter(site: &'static Site) -> *const Frame {
    ThreadState::with_address(|thread| entry::open(thread, site, Entered::Body))
}

impl BodyScope {
    #[inline(always)]
    fn state(&self) -> usize {
        self.word.addr() & state::BITS
    }

    #[inline(always)]
    fn set_state(&mut self, state: usize) {
        self.word = self.word.map_addr(|word| word & !state::BITS | state);
    }

    #[inline(always)]
    fn address<T>(&self) -> *const T {
        self.word.map_addr(|word| word & !state::BITS).cast()
    }

    /// Its entry.
    ///
    /// # Safety
    ///
    /// - Its state must be one that has it.
    #[inline(always)]
    unsafe fn task(&self) -> &'static Task {
        // SAFETY: the caller's word; entries are never unmapped.
        unsafe { &*self.address() }
    }

    /// Leaves the scope, as the body waits for a future.
    #[inline]
    pub fn waits_for<F>(&mut self, _: &F) {
        self.word = match self.state() {
            state::RESUMED => {
                // SAFETY: it has an entry.
                leave_pending(unsafe { self.task() }, self.word)
            }
            _ => leave_first(self.address(), size_of::<F>() as u32),
        };
    }

    /// Await this before each poll of what the body waits for: it is pending once where the scope
    /// was left.
    #[inline]
    pub fn turn(&mut self) -> Turn<'_> {
        Turn(self)
    }

    /// Enters the scope where the body goes on.
    #[inline(always)]
    fn resume(&mut self) {
        if self.state() == state::WAITING {
            // SAFETY: it has an entry, which is its own.
            let call = unsafe { &mut *call_of(self.task()) };
            call.frame = enter(call.site);
            self.set_state(state::RESUMED);
        } else {
            self.resume_unkept();
        }
    }

    #[cold]
    #[inline(never)]
    fn resume_unkept(&mut self) {
        // SAFETY: the state is one without an entry, so this is null or the address of a site,
        // which is static.
        let site = unsafe { self.address::<Site>().as_ref() };
        self.word = site.map_or(ptr::null(), enter).cast();
    }

    /// Enters the scope to drop what is left of a body that waits.
    #[cold]
    #[inline(never)]
    fn cancel(&mut self) {
        match self.state() {
            state::STOPPING | state::WAITING => {
                // SAFETY: it has an entry, which is its own.
                let call = unsafe { &mut *call_of(self.task()) };
                call.cancelled = true;
                call.frame = ThreadState::with_address(|thread| {
                    entry::open(thread, call.site, Entered::Call)
                });
                self.set_state(state::RESUMED);
            }
            _ => self.resume_unkept(),
        }
    }
}

impl Drop for BodyScope {
    #[inline]
    fn drop(&mut self) {
        if self.state() == state::FRESH {
            leave_fresh(self.address());
        } else {
            leave_kept(self);
        }
    }
}

impl fmt::Debug for BodyScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyScope").finish_non_exhaustive()
    }
}

/// A body that is about to poll what it waits for. While it is pending, the body waits; the scope is
/// entered when it goes on, or is dropped.
#[derive(Debug)]
#[must_use = "a turn is there to be awaited"]
pub struct Turn<'a>(&'a mut BodyScope);

// Whether a future may be used after a panic is for what the user keeps in it to say.
impl UnwindSafe for Turn<'_> {}

impl Future for Turn<'_> {
    type Output = PolledWith;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Waker<'_>) -> Poll<PolledWith> {
        let scope = &mut *self.0;
        let state = scope.state();
        if state >= state::STOPPING {
            // `STOPPING` is even, and waiting is 1 more, kept or not.
            if state & 1 == 0 {
                scope.set_state(state | 1);
                return Poll::Pending;
            }
            scope.resume();
        }
        Poll::Ready(PolledWith::new(cx))
    }
}

impl Drop for Turn<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.0.state() >= state::STOPPING {
            self.0.cancel();
        }
    }
}

/// Leaves the poll in which a body waits for the first time; the word of the scope.
#[inline(never)]
fn leave_first(frame: *const Frame, bytes: u32) -> *const () {
    ThreadState::with_address(|thread| {
        let Some((node, measured)) = leave_poll(thread, frame) else { return unkept(None) };
        let Some(site) = node.site() else { return unkept(None) };
        let Some(task) = thread.tasks.take() else { return unkept(Some(site)) };
        keep(task, Call { measured, site, frame, listed: false, cancelled: false });
        // SAFETY: kept just now.
        stays_first(thread, task, unsafe { &mut *call_of(task) }, node, bytes);
        ptr::from_ref(task).cast::<()>().map_addr(|task| task | state::STOPPING)
    })
}

/// The word of a scope that has no entry: its earlier polls are not told of, and where its site is
/// not known either, its later ones.
#[cold]
#[inline(never)]
fn unkept(site: Option<&'static Site>) -> *const () {
    let site = site.map_or(ptr::null(), ptr::from_ref);
    site.cast::<()>().map_addr(|site| site | state::STOPPING_UNKEPT)
}

/// Makes an entry that of a body.
#[inline(always)]
fn keep(task: &'static Task, call: Call) {
    // SAFETY: the entry was taken just now, so its own words are ours; a call fits into them.
    unsafe { task.own().cast::<Call>().write(call) };
}

/// Leaves a poll in which a body waits again; the word of the scope, which was `word`.
#[inline(never)]
fn leave_pending(task: &'static Task, word: *const ()) -> *const () {
    // SAFETY: the caller's scope has the entry.
    let call = unsafe { &mut *call_of(task) };
    ThreadState::with_address(|thread| {
        if let Some((node, measured)) = leave_poll(thread, call.frame) {
            add_part(&mut call.measured, &measured);
            if call.listed {
                task.polled(thread.tasks.take_waits());
                task.holds(held(&call.measured));
            } else {
                thread.tasks.waits_in(node);
            }
        }
    });
    word.map_addr(|word| word & !state::BITS | state::STOPPING)
}

/// Closes the frame of a poll after which the body goes on.
#[inline(always)]
fn leave_poll(thread: &ThreadState, frame: *const Frame) -> Option<(&'static Node, Measured)> {
    if frame.is_null() || !exit::is_plain_top(thread, frame) {
        return leave_poll_slowly(thread, frame);
    }
    // SAFETY: the innermost open frame of this thread, without flags.
    unsafe {
        let node = (*frame).node();
        Some((node, exit::pop_plain(thread, frame, node, true).unwrap_or_default()))
    }
}

#[cold]
#[inline(never)]
fn leave_poll_slowly(
    thread: &ThreadState,
    frame: *const Frame,
) -> Option<(&'static Node, Measured)> {
    close(thread, frame).map(|(node, _, measured)| (node, measured))
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

/// A body is pending for the first time: it is listed, or part of what polls it.
#[inline(always)]
fn stays_first(
    thread: &ThreadState,
    task: &'static Task,
    call: &mut Call,
    node: &Node,
    bytes: u32,
) {
    let tasks = &thread.tasks;
    // SAFETY: the frame below one that was just closed; its node is one of this thread.
    let outermost = unsafe { &*thread.own_top() }.node().is_root();
    if !outermost && entry::is_within_a_future(thread) {
        tasks.waits_in(node);
    } else {
        let born = tasks.birth();
        task.enter(call.site, node, tasks.take_waits(), born, held(&call.measured), bytes);
        call.listed = true;
    }
}

/// Leaves a body that never waited.
#[inline(never)]
fn leave_fresh(frame: *const Frame) {
    ThreadState::with_address(|thread| {
        if frame.is_null() {
            return;
        }
        if !exit::is_plain_top(thread, frame) {
            return leave_fresh_slowly(frame);
        }
        // SAFETY: the innermost open frame of this thread, without flags.
        let (node, measured) = unsafe {
            let node = (*frame).node();
            (node, exit::pop_plain(thread, frame, node, false))
        };
        thread.tasks.goes_on();
        exit::record_call(thread, node, measured);
        note_panic(node);
    });
}

#[cold]
#[inline(never)]
fn leave_fresh_slowly(frame: *const Frame) {
    ThreadState::with(|thread| {
        if let Some((node, leaving, measured)) = close(thread, frame) {
            thread.tasks.goes_on();
            exit::finish(thread, node, leaving, measured);
        }
    });
}

/// Leaves a body that has waited.
#[inline(never)]
fn leave_kept(scope: &mut BodyScope) {
    if scope.state() >= state::STOPPING {
        scope.cancel();
    }
    if scope.state() == state::FRESH {
        return leave_fresh(scope.address());
    }
    // SAFETY: it has an entry, which is its own.
    let (task, call) = unsafe { (scope.task(), &mut *call_of(scope.task())) };
    let frame = call.frame;
    ThreadState::with_address(|thread| {
        if call.cancelled || frame.is_null() || !exit::is_plain_top(thread, frame) {
            return leave_kept_slowly(task, call);
        }
        // SAFETY: the innermost open frame of this thread, without flags.
        let (node, measured) = unsafe {
            let node = (*frame).node();
            (node, exit::pop_plain(thread, frame, node, false))
        };
        if let Some(measured) = measured {
            add_part(&mut call.measured, &measured);
        }
        thread.tasks.goes_on();
        let measured = call.measured;
        thread.tasks.give(task);
        exit::record_call(thread, node, Some(measured).filter(|m| !m.is_idle()));
        note_panic(node);
    });
}

#[cold]
#[inline(never)]
fn leave_kept_slowly(task: &'static Task, call: &mut Call) {
    ThreadState::with(|thread| match close(thread, call.frame) {
        Some((node, mut leaving, measured)) => {
            add_part(&mut call.measured, &measured);
            leaving.cancelled = call.cancelled;
            let measured = call.measured;
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
