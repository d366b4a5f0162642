//! The scope of an async function's body: left where the body waits, entered where it goes on.
//!
//! The body stays where the user wrote it, with a guard as its first variable, so what it drops,
//! and when, is as in the plain function. What a call did in its earlier polls is kept in the entry
//! of the future, and not in the future.

mod leave;

use self::leave::{
    Call, call_of, leave_first, leave_fresh, leave_kept, leave_pending, state, word_of,
};
use super::awaited::PolledWith;
use super::entry::{self, Entered};
use crate::record::Frame;
use crate::site::{Measured, Site};
use crate::tasks::Task;
use crate::thread::state::ThreadState;
use std::fmt;
use std::future::Future;
use std::panic::UnwindSafe;
use std::pin::Pin;
use std::ptr;
use std::task::{Context as Waker, Poll};

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
#[inline]
pub fn enter_body(site: &'static Site) -> BodyScope {
    BodyScope { word: enter(site).cast() }
}

#[inline(never)]
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

    /// Leaves a scope whose body waits: its turn was forgotten.
    #[cold]
    #[inline(never)]
    fn leave_waiting(&mut self) {
        self.cancel();
        if self.state() == state::FRESH {
            leave_fresh(self.address());
        } else {
            // SAFETY: it has an entry.
            leave_kept(unsafe { self.task() });
        }
    }

    /// Enters the scope to drop what is left of a body that waits.
    #[cold]
    #[inline(never)]
    fn cancel(&mut self) {
        self.word = ThreadState::with(|thread| {
            let task = if self.state() < state::STOPPING_BARE {
                // SAFETY: it has an entry.
                Some(unsafe { self.task() })
            } else {
                // SAFETY: null, or the address of a site, which is static.
                let site = unsafe { self.address::<Site>().as_ref() };
                let Some(site) = site else { return ptr::null() };
                thread.tasks.take().inspect(|task| Call::new(site, Measured::default()).keep(task))
            };
            let Some(task) = task else { return ptr::null() };
            // SAFETY: it has an entry, which is its own.
            let call = unsafe { &mut *call_of(task) };
            call.cancelled = true;
            call.frame = entry::open(thread, call.site, Entered::Call);
            word_of(task, state::RESUMED)
        });
    }
}

impl Drop for BodyScope {
    #[inline]
    fn drop(&mut self) {
        match self.state() {
            state::FRESH => leave_fresh(self.address()),
            // SAFETY: it has an entry.
            state::RESUMED => leave_kept(unsafe { self.task() }),
            _ => self.leave_waiting(),
        }
    }
}

impl fmt::Debug for BodyScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyScope").finish_non_exhaustive()
    }
}

/// A body that is about to poll what it waits for. While it is pending, the body waits; the scope
/// is entered when it goes on, or is dropped.
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
            if state == state::WAITING {
                // SAFETY: it has an entry, which is its own.
                let call = unsafe { &mut *call_of(scope.task()) };
                call.frame = enter(call.site);
                scope.set_state(state::RESUMED);
            } else {
                // SAFETY: null, or the address of a site, which is static.
                let site = unsafe { scope.address::<Site>().as_ref() };
                scope.word = site.map_or(ptr::null(), enter).cast();
            }
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
