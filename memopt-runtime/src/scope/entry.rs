//! The work of entry: a frame is opened.
//!
//! The thread's counters are read at entry and subtracted at exit; nothing is sent anywhere. Frames
//! lie in an array, so that other threads can see what is open, and guards dropped out of order or
//! never can be mended.

use super::out_of_order::thread_ends;
use super::rest;
use crate::machine::{at, opaque_address};
use crate::record::{self, Frame, Node, Record};
use crate::region;
use crate::site::routing::Routing;
use crate::site::trial::Trial;
use crate::site::{Site, SiteKind};
use crate::sync::Word;
use crate::thread::route::Route;
use crate::thread::state::{ThreadState, now_ns};
use crate::thread::{Room, at_end};
use std::ptr;
use std::sync::atomic::Ordering::Relaxed;

/// Calls of a site that are all timed, before sampling starts.
const TIMED_AT_FIRST: u64 = 32;

/// What an entry is part of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Entered {
    /// A call that ends when its frame is closed.
    Call,
    /// A future, which goes on after its frame is closed. How it is left tells whether it panicked.
    Poll,
    /// The same, of a body that is left by a guard.
    Body,
}

/// Opens a frame of `site`; null where scopes cannot be entered here.
///
/// PERF: 50 instructions. Nothing on this way calls but the last check; every rare case is a jump
/// to [`open_slow_path`], which does all of it.
#[inline(always)]
pub(super) fn open(thread: &ThreadState, site: &'static Site, entered: Entered) -> *const Frame {
    let slow_path = match entered {
        Entered::Call => open_slow_path,
        Entered::Poll | Entered::Body => open_poll_slow_path,
    };
    let top = thread.top();
    if top.is_null() {
        return slow_path(site, thread);
    }
    // SAFETY: not null, so a frame of this thread's shard, and the thread's table of children is
    // set too; it holds nodes, which are never unmapped.
    let (found, node) = unsafe {
        let key = at(top).node().child_key(site);
        let home = record::home(key, thread.children_mask.get());
        let node = at(*thread.children().get().byte_add(home));
        (node.own_key() == key, node)
    };
    if !found || !node.is_quick() {
        return slow_path(site, thread);
    }
    if !matches!(entered, Entered::Call) && !node.counts_down_quickly() {
        return slow_path(site, thread);
    }
    node.opens_first();
    // SAFETY: `top` is a frame of the shard's array; it is not the last, see `Shard::last_frame`.
    let frame = unsafe { start(thread, node, top, 0) };
    // PERF: last, and with an address of its own, so that one register is saved for the call it may
    // make and not three.
    let frame = opaque_address(frame);
    if !matches!(entered, Entered::Poll) && std::thread::panicking() {
        return open_while_panicking(frame);
    }
    frame
}

/// Notes that the frame just opened was opened while its thread was panicking.
#[cold]
#[inline(never)]
pub(super) fn open_while_panicking(frame: *const Frame) -> *const Frame {
    // SAFETY: a frame of this thread's shard.
    unsafe { &*frame }.flags.fetch_or(Frame::PANICKING, Relaxed);
    frame
}

#[cold]
#[inline(never)]
pub(super) fn open_slow_path(site: &'static Site, thread: &ThreadState) -> *const Frame {
    open_in_any_case(thread, site, Entered::Call)
}

#[cold]
#[inline(never)]
fn open_poll_slow_path(site: &'static Site, thread: &ThreadState) -> *const Frame {
    open_in_any_case(thread, site, Entered::Poll)
}

/// Makes scopes enterable on this thread; `false` where they cannot be.
#[cold]
pub(super) fn ready(thread: &ThreadState) -> bool {
    at_end(Room::Scopes, thread_ends);
    record::ready(thread)
}

fn open_in_any_case(thread: &ThreadState, site: &'static Site, entered: Entered) -> *const Frame {
    if thread.top().is_null() && !ready(thread) {
        return ptr::null();
    }
    if site.rests() {
        return ptr::null();
    }
    let (node, flags) = record::child_of_top(thread, site);
    let flags = flags | switched(thread, node);
    let frame = push(thread, node, flags);
    // SAFETY: null, or the frame just opened.
    if let Some(frame) = unsafe { frame.as_ref() } {
        let gap = gap(node);
        let due = node.is_due();
        if due {
            node.quick_for(gap);
        }
        let timed = match (entered, node.is_quick_at_times()) {
            (Entered::Call, true) => due,
            _ => node.counts_down(gap),
        };
        if flags & Frame::WEIGHED != 0 {
            // The clock of a measured call stands where the time of entry would.
            frame.started.set(site.trial().map_or(0, Trial::now));
        } else if timed {
            frame.flags.store(frame.flags.load(Relaxed) | Frame::TIMED, Relaxed);
            frame.weight.store(gap as u32, Relaxed);
            rest::look(site, frame);
            frame.started.set(now_ns());
        }
    }
    frame
}

/// Gives a call that is about to open what its site's routing says; the flags of its frame.
fn switched(thread: &ThreadState, node: &Node) -> u32 {
    let routing = node.routing();
    if routing.is_off() || thread.top() >= thread.last_frame().get() {
        return 0;
    }
    let Some(site) = node.site() else { return 0 };
    if routing.route() == Route::Bump && site.is_refused() {
        node.set_routing(Routing::all(Route::Plain));
        return 0;
    }
    let assignment = routing.draw(thread.random());
    let mut flags = if assignment.treated { Frame::TREATED } else { 0 };
    if assignment.measured && site.trial().is_some() {
        flags |= Frame::WEIGHED;
    }
    if matches!(assignment.route, Route::Bump | Route::Slab)
        && region::enter(thread, site, assignment.route)
    {
        flags |= Frame::ROUTED;
    }
    flags
}

/// Whether a poll of a tracked future is open on this thread.
#[cold]
#[inline(never)]
pub(super) fn is_within_a_future(thread: &ThreadState) -> bool {
    // SAFETY: null, or this thread's shard.
    let Some(shard) = (unsafe { thread.shard().get().as_ref() }) else { return false };
    let mut at = thread.top();
    while !at.is_null() && at > shard.first_frame() {
        // SAFETY: an open frame of this thread's array, above the first.
        let frame = unsafe { &*at };
        let carried = frame.flags.load(Relaxed) & Frame::CARRIED != 0;
        let kind = frame.node().site().map(Site::kind);
        if !carried && matches!(kind, Some(SiteKind::AsyncFunction | SiteKind::Future)) {
            return true;
        }
        at = at.wrapping_sub(1);
    }
    false
}

/// Opens a frame of `node` above the innermost one; null where there is no room (a recursion deeper
/// than the array of frames: its traffic stays with the scope around it).
pub(super) fn push(thread: &ThreadState, node: &'static Node, mut flags: u32) -> *const Frame {
    let top = thread.top();
    if top >= thread.last_frame().get() {
        return ptr::null();
    }
    if std::thread::panicking() {
        flags |= Frame::PANICKING;
    }
    if node.opens() {
        flags |= Frame::NESTED;
    }
    // SAFETY: `top` is a frame of the shard's array and not the last.
    unsafe { start(thread, node, top, flags) }
}

/// Notes the thread's counters in the frame above `top` and makes it the innermost.
///
/// # Safety
///
/// - `top` must be a frame of the thread's array, and not the last.
#[inline(always)]
unsafe fn start(thread: &ThreadState, node: &Node, top: *const Frame, flags: u32) -> *const Frame {
    // SAFETY: the caller's word.
    let (place, frame) = unsafe { (top.add(1), at(top.add(1))) };
    frame.allocs.set(thread.counters.allocs.get());
    let (bytes, freed) = (thread.counters.bytes.get(), thread.counters.freed.get());
    frame.bytes.set(bytes);
    frame.freed.set(freed);
    frame.frees.set(thread.counters.frees.get());
    frame.peak.set(thread.peak.read().cast_unsigned());
    thread.peak.write(bytes.wrapping_sub(freed).cast_signed());
    frame.set_node(node);
    frame.flags.write(flags);
    thread.count_sizes_at(node.sizes());
    thread.set_top(place);
    place
}

/// Calls from one timed call of a node to the next.
fn gap(node: &Node) -> u64 {
    let (samples, every) = node.record().map_or((0, 2), Record::timing);
    if samples < TIMED_AT_FIRST {
        return 1;
    }
    // Uniform around the mean, so that a program with a period does not meet the sampler in step.
    let mixed = (samples ^ ptr::from_ref(node).addr() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    every / 2 + (((mixed >> 32) * every) >> 32)
}
