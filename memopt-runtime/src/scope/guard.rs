//! The guard of a block.

#[cfg(not(all(
    target_arch = "x86_64",
    target_pointer_width = "64",
    debug_assertions,
    not(any(miri, test))
)))]
mod straight;
#[cfg(all(
    target_arch = "x86_64",
    target_pointer_width = "64",
    debug_assertions,
    not(any(miri, test))
))]
mod written_out;

#[cfg(not(all(
    target_arch = "x86_64",
    target_pointer_width = "64",
    debug_assertions,
    not(any(miri, test))
)))]
use self::straight::Thread;
#[cfg(all(
    target_arch = "x86_64",
    target_pointer_width = "64",
    debug_assertions,
    not(any(miri, test))
))]
use self::written_out::Thread;
use super::exit;
use super::out_of_order;
use crate::record::{Frame, Record};
use crate::site::{Measured, Site};
use crate::thread::state::ThreadState;
use std::fmt;
use std::mem::ManuallyDrop;
use std::ptr;

/// An open scope; dropping it leaves the scope.
///
/// It cannot leave its thread, so it cannot be held across an `.await` in a spawned task: use
/// [`TrackAlloc`](super::TrackAlloc) on the future there.
///
/// ```compile_fail
/// fn must_be_send(_: impl Send) {}
/// must_be_send(memopt::scope!("decode"));
/// ```
///
/// A guard that is dropped out of order closes those opened after it. A leaked guard closes with
/// the scope around it.
///
/// # Limits
///
/// A guard that another one closed, and that is dropped after a new scope was opened in its place,
/// closes the new scope. Allocations then count for the wrong site until the scope around ends;
/// totals stay exact. This happens only if guards overlap, such as two futures on one thread that
/// each hold one across an `.await`: branches of `join!` and `select!`, tasks of a `LocalSet`. The
/// report says so at each site whose guards were closed with others, or at the end of a poll
/// ([`out_of_order`](crate::report::SiteReport::out_of_order)). Use
/// [`TrackAlloc`](super::TrackAlloc) on the future instead.
#[must_use = "the scope ends when the guard is dropped; bind it: `let _scope = ..`"]
pub struct Scope {
    /// The frame it closes; null where there is none. A raw pointer, so the guard cannot leave its
    /// thread, and without its type, so that guards are unwind safe.
    frame: *const (),
    thread: Thread,
}

/// Enters a site on this thread.
///
/// # Cost
///
/// Entry and exit together take about 13 ns if nothing is allocated, and 23 ns if all four values
/// vary. Nothing is allocated through the wrapped allocator.
#[inline(never)]
pub fn enter(site: &'static Site) -> Scope {
    let (frame, thread) = Thread::open(site);
    Scope { frame: frame.cast(), thread }
}

/// An open scope of a site that [may be switched off](Site::may_rest).
#[doc(hidden)]
#[must_use = "the scope ends when the guard is dropped; bind it: `let _scope = ..`"]
#[derive(Debug)]
pub struct ScopeUnlessOff(ManuallyDrop<Scope>);

/// As [`enter`], of a site that [may be switched off](Site::may_rest).
///
/// PERF: a call of one that is takes three instructions in the function itself, which it mostly is
/// because the call takes little more. The calls of entry and exit are cold, so that registers are
/// saved for them where they are and not in the loop of a caller.
#[inline]
pub fn enter_unless_off(site: &'static Site) -> ScopeUnlessOff {
    let scope = if site.rests() {
        Scope { frame: ptr::null(), thread: Thread::none() }
    } else {
        enter_cold(site)
    };
    ScopeUnlessOff(ManuallyDrop::new(scope))
}

#[cold]
#[inline(never)]
fn enter_cold(site: &'static Site) -> Scope {
    enter(site)
}

impl Drop for ScopeUnlessOff {
    #[inline]
    fn drop(&mut self) {
        if !self.0.frame.is_null() {
            leave_cold(self.0.frame, self.0.thread);
        }
    }
}

#[cold]
#[inline(never)]
fn leave_cold(frame: *const (), thread: Thread) {
    drop(Scope { frame, thread });
}

impl Drop for Scope {
    #[inline]
    fn drop(&mut self) {
        if !self.frame.is_null() {
            self.thread.leave(self.frame.cast());
        }
    }
}

/// Records a call for which there is no straight code.
#[inline(always)]
fn record_slow_path(thread: &ThreadState, record: &Record, measured: Measured) {
    let [bytes, allocs, peak, retained] = measured.values();
    record_apart(record, thread, bytes, allocs, peak, retained);
}

#[inline(never)]
fn record_apart(
    record: &Record,
    thread: &ThreadState,
    bytes: u64,
    allocs: u64,
    peak: u64,
    retained: u64,
) {
    record.record_slow_path(thread, [bytes, allocs, peak, retained]);
    if std::thread::panicking() {
        record.panics.add(1);
    }
}

#[cold]
#[inline(never)]
fn close_in_any_case(frame: *const Frame, thread: &ThreadState) {
    if frame != thread.top() {
        return out_of_order::drop_out_of_order(thread, frame);
    }
    // SAFETY: the innermost open frame, not null as above.
    unsafe { exit::close_slow_path(thread, frame) };
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("entered", &!self.frame.is_null()).finish_non_exhaustive()
    }
}
