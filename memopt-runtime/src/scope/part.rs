//! Calls that are entered and left many times by an id, on any thread and in any order: spans.
//!
//! The room knows frames and counts; which stay is left when, and in which order, is the business
//! of who holds the ids (`integrate/tracing/stays.rs`).

use super::exit::{self, After, Way};
use super::future::add_part;
use super::{entry, out_of_order};
use crate::record::{self, Frame, Node, Shard};
use crate::site::{Measured, Site};
use crate::thread::state::ThreadState;
use std::ptr;
use std::sync::atomic::Ordering::Relaxed;

/// What a call did so far, over all its stays.
#[derive(Debug, Default)]
pub(crate) struct Call {
    measured: Measured,
    stage: Stage,
    /// A stay was not inside another one of the same site, so its traffic is not in that one's
    /// already.
    outermost: bool,
    panicked: bool,
}

/// How far a call came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    New,
    Entered,
    Ended,
}

/// One stay in a call. It cannot leave its thread.
#[derive(Debug)]
pub(crate) struct Part {
    /// Null where no scope could be entered.
    frame: *const Frame,
    /// What stood in the frame at entry. Frames are used again: by this a part knows its own.
    node: *const Node,
    at_entry: [u64; 2],
}

impl Part {
    /// No stay.
    pub(crate) const NONE: Self = Self { frame: ptr::null(), node: ptr::null(), at_entry: [0; 2] };

    /// Enters `site` on this thread.
    pub(crate) fn open(site: &'static Site) -> Self {
        let frame =
            ThreadState::with_address(|thread| entry::open(thread, site, entry::Entered::Poll));
        // SAFETY: null, or the frame just opened on this thread.
        let Some(opened) = (unsafe { frame.as_ref() }) else {
            return Self::NONE;
        };
        if std::thread::panicking() {
            opened.flags.fetch_or(Frame::PANICKING, Relaxed);
        }
        Self { frame, node: opened.node(), at_entry: [opened.allocs.get(), opened.bytes.get()] }
    }

    /// Whether it was entered and nothing has closed it.
    pub(crate) fn is_open(&self) -> bool {
        ThreadState::with(|thread| self.is_open_on(thread))
    }

    fn is_open_on(&self, thread: &ThreadState) -> bool {
        let top = thread.top();
        // SAFETY: null, or this thread's shard.
        let shard: Option<&Shard> = unsafe { thread.shard().get().as_ref() };
        if self.frame.is_null()
            || top.is_null()
            || !shard.is_some_and(|shard| shard.holds(self.frame))
        {
            return false;
        }
        // SAFETY: a frame of this thread's array.
        let frame = unsafe { &*self.frame };
        self.frame <= top
            && ptr::eq(frame.node(), self.node)
            && [frame.allocs.get(), frame.bytes.get()] == self.at_entry
    }

    /// Frames open above it; ask only while it is open.
    pub(crate) fn frames_above(&self) -> usize {
        ThreadState::with(|thread| {
            thread.top().addr().saturating_sub(self.frame.addr()) / size_of::<Frame>()
        })
    }

    /// Leaves, and adds what was done meanwhile to the call.
    ///
    /// A part that the scope around it has closed ends its call, and so does one with guards or
    /// contexts open above it: those close with it, as for guards.
    pub(crate) fn close(self, call: &mut Call) {
        ThreadState::with_address(|thread| {
            if self.frame.is_null() {
                return;
            }
            if !self.is_open_on(thread) {
                call.stage = Stage::Ended;
                return;
            }
            if self.frame != thread.top() {
                call.stage = Stage::Ended;
                return out_of_order::close_out_of_order(thread, self.frame);
            }
            call.enters();
            if exit::is_plain_top(thread, self.frame) && !std::thread::panicking() {
                call.outermost = true;
                // SAFETY: the innermost open frame of this thread, without flags, and its node.
                let measured = unsafe {
                    exit::pop_plain(thread, self.frame, &*self.node, Way::Mixed, After::GoesOn)
                };
                if let Some(measured) = measured {
                    add_part(&mut call.measured, &measured);
                }
                return;
            }
            // SAFETY: the innermost open frame of this thread.
            let (mut leaving, measured) = unsafe { exit::pop(thread, self.frame) };
            // SAFETY: nodes are never unmapped.
            exit::note_time(thread, unsafe { &*self.node }, &mut leaving);
            call.panicked |= leaving.panicked;
            if !leaving.nested {
                call.outermost = true;
                add_part(&mut call.measured, &measured);
            }
        });
    }
}

impl Call {
    fn enters(&mut self) {
        if self.stage == Stage::New {
            self.stage = Stage::Entered;
        }
    }

    /// Counts it as a finished call of `site`, where the thread stands. A call that was never
    /// entered is none.
    pub(crate) fn end(&mut self, site: &'static Site) {
        let was_open = self.stage == Stage::Entered;
        self.stage = Stage::Ended;
        if !was_open {
            return;
        }
        ThreadState::with(|thread| {
            if thread.top().is_null() && !entry::ready(thread) {
                return;
            }
            let (node, _) = record::child_of_top(thread, site);
            let leaving = exit::Leaving {
                nested: !self.outermost,
                panicked: self.panicked,
                ..exit::Leaving::default()
            };
            exit::finish(thread, node, leaving, self.measured);
        });
    }
}
