//! A call where nothing is optimised: entry and exit are instructions that are written out.

use super::super::entry;
use super::{close_in_any_case, record_slow_path};
use crate::machine::at;
use crate::record::Frame;
use crate::record::written_out::{self, Closed};
use crate::site::Site;
use crate::thread::state::ThreadState;

/// What a guard knows of its thread: where its state lies, without its type, so that guards are
/// unwind safe.
///
/// PERF: it takes 70 instructions to find.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thread(*const ());

impl Thread {
    #[inline(always)]
    pub(super) fn open(site: &'static Site) -> (*const Frame, Self) {
        let thread = ThreadState::address();
        // SAFETY: this thread runs until the scope is entered.
        (open(unsafe { at(thread) }, site), Self(thread.cast()))
    }

    /// Of a guard of no frame.
    #[inline(always)]
    pub(super) fn none() -> Self {
        Self(std::ptr::null())
    }

    #[inline(always)]
    pub(super) fn leave(&self, frame: *const Frame) {
        leave(frame, self.0.cast());
    }
}

#[inline(always)]
fn open(thread: &ThreadState, site: &'static Site) -> *const Frame {
    let frame = written_out::open(thread, site);
    if frame.is_null() {
        return entry::open_slow_path(site, thread);
    }
    if std::thread::panicking() {
        return entry::open_while_panicking(frame);
    }
    frame
}

#[inline(never)]
fn leave(frame: *const Frame, thread: *const ThreadState) {
    // SAFETY: the state of this thread, which the guard could not leave and which runs until here.
    let thread = unsafe { at(thread) };
    let (node, measured) = match written_out::close(thread, frame) {
        Closed::Open => return close_in_any_case(frame, thread),
        Closed::Idle(node) => (node, None),
        Closed::Busy(node, measured) => (node, Some(measured)),
    };
    // SAFETY: a frame that was closed plainly is one of this thread's shard, with a site's node,
    // which is never unmapped and has a record.
    let record = unsafe { at(node).record_of_site() };
    if let Some(measured) = measured
        && !record.record(thread, measured)
    {
        return record_slow_path(thread, record, measured);
    }
    if std::thread::panicking() {
        record.panics.add(1);
    }
}
