//! A call as the compiler makes it: straight code where it optimises.

use super::super::entry::{self, Entered};
use super::super::exit::{self, After, Way};
use super::{close_in_any_case, record_slow_path};
use crate::machine::at;
use crate::record::Frame;
use crate::site::Site;
use crate::thread::state::ThreadState;

/// What a guard knows of its thread: nothing, as it is found in an instruction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thread;

impl Thread {
    #[inline(always)]
    pub(super) fn open(site: &'static Site) -> (*const Frame, Self) {
        // SAFETY: this thread runs until the scope is entered.
        let thread = unsafe { at(ThreadState::address()) };
        (entry::open(thread, site, Entered::Call), Self)
    }

    /// Of a guard of no frame.
    #[inline(always)]
    pub(super) fn none() -> Self {
        Self
    }

    #[inline(always)]
    #[expect(clippy::unused_self, reason = "what is written out needs it")]
    pub(super) fn leave(&self, frame: *const Frame) {
        leave(frame);
    }
}

#[inline(never)]
fn leave(frame: *const Frame) {
    // SAFETY: this thread runs until the scope is left.
    close(unsafe { at(ThreadState::address()) }, frame);
}

/// Leaves the call of a guard.
///
/// PERF: straight code for a call that is neither recursive, timed, carried, over budget nor
/// unwound; every other is a jump to [`close_in_any_case`].
#[inline(always)]
fn close(thread: &ThreadState, frame: *const Frame) {
    if !exit::is_plain_top(thread, frame) {
        return close_in_any_case(frame, thread);
    }
    // SAFETY: equal to the innermost open frame, which is not null as guards of no frame do not
    // come here; a frame without flags is of a site's node, which has a record.
    let (node, record, measured) = unsafe {
        let node = at(frame).node();
        let measured = exit::pop_plain(thread, frame, node, Way::Straight, After::Ended);
        (node, node.record_of_site(), measured)
    };
    match measured {
        None => _ = node.idle.add(1),
        Some(measured) => {
            if !record.record(thread, measured) {
                return record_slow_path(thread, record, measured);
            }
        }
    }
    // PERF: last, so that nothing but the record is kept for the call it may make.
    if std::thread::panicking() {
        record.panics.add(1);
    }
}
