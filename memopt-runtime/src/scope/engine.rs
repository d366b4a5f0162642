//! The work of entry and exit: a frame is opened, its traffic goes to its node and its record.
//!
//! The thread's counters are read at entry and subtracted at exit; nothing is sent anywhere. Frames lie in an
//! array, so that other threads can see what is open, and guards dropped out of order or never can be mended.

use crate::alloc::IN_SLOW_PATH;
use crate::alloc::local::{Local, now_ns};
use crate::alloc::region::{self, Route};
use crate::record::{self, Edge, Frame, Measured, Node, Record, Shard};
use crate::site::Site;
use std::ptr;
use std::sync::atomic::Ordering::Relaxed;

/// Calls of a site that are all timed, before sampling starts.
const TIMED_AT_FIRST: u64 = 32;

/// Opens a frame of `site`; null where scopes cannot be entered here.
///
/// PERF: nothing on this way calls, so no register is saved; every rare case is a jump to
/// [`open_slowly`], which does all of it.
#[inline(always)]
pub(super) fn open(local: &Local, site: &'static Site) -> *const Frame {
    let top = local.top();
    if top.is_null() {
        return open_slowly(local, site);
    }
    // SAFETY: not null, so a frame of this thread's shard, and the thread's table of edges is set too.
    let (parent, edge) = unsafe {
        let parent = ptr::from_ref((*top).node()).addr();
        let at = record::home(parent, ptr::from_ref(site).addr(), local.edge_shift.get());
        (parent, &*local.edges.get().add(at))
    };
    let found = edge.parent == parent && edge.key == ptr::from_ref(site).addr();
    if !found || top == local.last_frame.get() {
        return open_slowly(local, site);
    }
    // SAFETY: edges that leave a node lead to nodes of the same shard, which is never unmapped.
    let node = unsafe { edge.target::<Node>() };
    let left = node.countdown.load(Relaxed);
    if left == 0 || node.route.load(Relaxed) != 0 {
        return open_slowly(local, site);
    }
    node.countdown.store(left - 1, Relaxed);
    // SAFETY: `top` is a frame of the shard's array and not the last.
    let frame = unsafe { start(local, node, top, edge.flags) };
    // Last, so that hardly anything is kept across the call it may make.
    if std::thread::panicking() {
        // SAFETY: the frame just opened.
        unsafe { &*frame }.flags.fetch_or(Frame::PANICKING, Relaxed);
    }
    frame
}

#[cold]
#[inline(never)]
fn open_slowly(local: &Local, site: &'static Site) -> *const Frame {
    if local.top().is_null() && !record::ready(local) {
        return ptr::null();
    }
    let (node, flags) = record::child_of_top(local, site);
    push(local, node, flags)
}

/// Opens a frame of `node` above the innermost one; null where there is no room (a recursion deeper than the
/// array of frames: its traffic stays with the scope around it).
pub(super) fn push(local: &Local, node: &'static Node, mut flags: u32) -> *const Frame {
    let top = local.top();
    if top == local.last_frame.get() {
        return ptr::null();
    }
    if std::thread::panicking() {
        flags |= Frame::PANICKING;
    }
    let mut timed = false;
    if flags & Frame::CARRIED == 0 {
        flags |= route(local, node);
        match node.countdown.load(Relaxed) {
            0 => timed = true,
            left => node.countdown.store(left - 1, Relaxed),
        }
    }
    // SAFETY: `top` is a frame of the shard's array and not the last.
    let frame = unsafe { start(local, node, top, flags | if timed { Frame::TIMED } else { 0 }) };
    look_at(local, node);
    if timed {
        // SAFETY: the frame just opened.
        start_timing(node, unsafe { &*frame });
    }
    frame
}

/// Routes the blocks of a call that is about to open, where its site asks for it; the flag of its frame.
fn route(local: &Local, node: &Node) -> u32 {
    let route = Route::from_word(node.route.load(Relaxed));
    if route == Route::Plain {
        return 0;
    }
    let Some(site) = node.site() else { return 0 };
    if site.is_refused() {
        node.route.store(0, Relaxed);
        return 0;
    }
    if region::enter(local, site, route) { Frame::ROUTED } else { 0 }
}

/// Notes the thread's counters in the frame above `top` and makes it the innermost.
///
/// # Safety
///
/// - `top` must be a frame of the thread's array, and not the last.
#[inline(always)]
unsafe fn start(local: &Local, node: &Node, top: *const Frame, flags: u32) -> *const Frame {
    // SAFETY: the caller's word.
    let (place, frame) = unsafe { (top.add(1), &*top.add(1)) };
    let allocs = local.counters.allocs.get() | IN_SLOW_PATH;
    let (bytes, freed) = (local.counters.bytes.get(), local.counters.freed.get());
    frame.set_node(node);
    frame.flags.store(flags, Relaxed);
    frame.allocs.set(allocs);
    frame.bytes.set(bytes);
    frame.frees.set(local.counters.frees.get());
    frame.freed.set(freed);
    frame.peak.set(local.peak.load(Relaxed).cast_unsigned());
    local.peak.store(bytes.wrapping_sub(freed).cast_signed(), Relaxed);
    node.opens();
    local.set_top(place);
    local.sizes.store(node.sizes(), Relaxed);
    local.counters.allocs.set(allocs);
    place
}

/// Lets the hook count for `node`, which may be the thread's root.
#[inline(always)]
fn look_at(local: &Local, node: &Node) {
    let sizes = node.sizes();
    local.sizes.store(sizes, Relaxed);
    if sizes.is_null() {
        let allocs = local.counters.allocs.get();
        local.counters.allocs.set(allocs & !IN_SLOW_PATH);
    }
}

fn start_timing(node: &Node, frame: &Frame) {
    let (samples, every) = node.record().map_or((0, 2), Record::timing);
    let gap = if samples < TIMED_AT_FIRST {
        1
    } else {
        // Uniform around the mean, so that a program with a period does not meet the sampler in step.
        let mixed = (samples ^ ptr::from_ref(node).addr() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        every / 2 + (((mixed >> 32) * every) >> 32)
    };
    node.countdown.store(gap as u32 - 1, Relaxed);
    frame.weight.store(gap as u32, Relaxed);
    frame.started.set(now_ns());
}

/// How a frame was left.
#[derive(Clone, Copy, Default)]
pub(super) struct Leaving {
    /// Another frame of the node stays open.
    pub(super) nested: bool,
    pub(super) panicked: bool,
    pub(super) cancelled: bool,
    /// Duration in ns and the number of calls it stands for, where the call was timed.
    pub(super) timed: Option<(u64, u64)>,
}

/// Closes the innermost frame: adds its traffic to its node, restores the frame below.
///
/// # Safety
///
/// - `place` must be the innermost open frame of this thread, `node` its node.
#[inline(always)]
pub(super) unsafe fn pop_plain(local: &Local, place: *const Frame, node: &Node) -> (bool, Measured) {
    // SAFETY: the caller's word.
    let (below, frame) = unsafe { (place.sub(1), &*place) };
    let nested = node.closes();
    let (bytes, freed) = (frame.bytes.get(), frame.freed.get());
    let peak = local.peak.load(Relaxed);
    let live = bytes.wrapping_sub(freed).cast_signed();
    let measured = Measured {
        // The frame has the slow-path mark, the counter only where sizes are counted.
        allocs: local.counters.allocs.get().wrapping_sub(frame.allocs.get()) & !IN_SLOW_PATH,
        bytes: local.counters.bytes.get().wrapping_sub(bytes),
        frees: local.counters.frees.get().wrapping_sub(frame.frees.get()),
        freed: local.counters.freed.get().wrapping_sub(freed),
        // At entry the peak was what was live, and it only rises.
        peak: peak.wrapping_sub(live).cast_unsigned(),
    };
    node.enter([measured.allocs, measured.bytes, measured.frees, measured.freed]);
    local.peak.store(peak.max(frame.peak.get().cast_signed()), Relaxed);
    local.set_top(below);
    // SAFETY: an open frame has one below it in the array.
    look_at(local, unsafe { &*below }.node());
    (nested, measured)
}

/// Closes the innermost frame of any kind and tells how it was left.
///
/// # Safety
///
/// - `place` must be the innermost open frame of this thread.
pub(super) unsafe fn pop(local: &Local, place: *const Frame) -> (Leaving, Measured) {
    // SAFETY: the caller's word; an open frame has one below it in the array.
    let (below, frame) = unsafe { (&*place.sub(1), &*place) };
    let (node, flags) = (frame.node(), frame.flags.load(Relaxed));
    let mut leaving =
        Leaving { panicked: std::thread::panicking() && flags & Frame::PANICKING == 0, ..Leaving::default() };
    if flags & Frame::TIMED != 0 {
        let ns = now_ns().saturating_sub(frame.started.get());
        leaving.timed = Some((ns, u64::from(frame.weight.load(Relaxed))));
    }
    // SAFETY: the caller's word.
    let (nested, m) = unsafe { pop_plain(local, place, node) };
    leaving.nested = nested;
    if flags & Frame::ROUTED != 0 {
        region::leave(local);
    }
    if flags & Frame::CROSSED != 0 {
        below.node().flows_into(node, [m.allocs, m.bytes, m.frees, m.freed]);
    }
    (leaving, m)
}

/// Whether a frame is left by straight code: it is neither recursive, timed, carried, over budget nor unwound.
///
/// # Safety
///
/// - `frame` must be a frame of this thread's array.
#[inline(always)]
pub(super) unsafe fn is_plain(frame: *const Frame) -> bool {
    if std::thread::panicking() {
        return false;
    }
    // SAFETY: the caller's word.
    let frame = unsafe { &*frame };
    frame.flags.load(Relaxed) == 0 && frame.node().is_open_once()
}

/// Notes a finished call of a node by a frame that is plain.
#[inline(always)]
pub(super) fn finish_plain(local: &Local, node: &Node, measured: Measured) {
    node.calls.add(1);
    if let Some(record) = node.record() {
        record.record(local, measured);
    }
}

/// Takes the time of a poll, where it was timed.
pub(super) fn note_time(local: &Local, node: &Node, leaving: &mut Leaving) {
    if let (Some((ns, weight)), Some(record)) = (leaving.timed.take(), node.record()) {
        record.time(local, ns, weight);
    }
}

/// Notes a finished call of a node: `measured` is all it did, over all its polls.
pub(super) fn finish(local: &Local, node: &Node, leaving: Leaving, measured: Measured) {
    node.calls.add(1);
    let (Some(record), Some(site)) = (node.record(), node.site()) else { return };
    if let Some((ns, weight)) = leaving.timed {
        record.time(local, ns, weight);
    }
    if leaving.panicked {
        record.panics.add(1);
    }
    if leaving.cancelled {
        record.cancelled.add(1);
    }
    if leaving.nested {
        if let Some(flow) = node.make_flow() {
            flow.recursive.add(1);
        }
        return;
    }
    record.record(local, measured);
    let limits = site.limits();
    let within = measured.allocs <= limits.max_allocs
        && measured.bytes <= limits.max_bytes
        && measured.peak <= limits.max_peak
        && measured.retained() <= limits.max_retained;
    if !within {
        record.exceeded.add(1);
    }
}

/// Leaves the call of a guard.
///
/// PERF: straight code for a call that is neither recursive, timed, carried, over budget nor unwound; every
/// other is a jump to [`close_slowly`].
#[inline(always)]
pub(super) fn close(local: &Local, frame: *const Frame) {
    if frame != local.top() {
        return close_out_of_order(local, frame);
    }
    // SAFETY: equal to the innermost open frame, which is not null as guards of no frame do not come here.
    unsafe {
        if !is_plain(frame) {
            return close_slowly(local, frame);
        }
        let node = (*frame).node();
        let (_, measured) = pop_plain(local, frame, node);
        finish_plain(local, node, measured);
    }
}

/// Closes the innermost frame as a finished call.
///
/// # Safety
///
/// - `frame` must be the innermost open frame of this thread.
#[cold]
#[inline(never)]
unsafe fn close_slowly(local: &Local, frame: *const Frame) {
    // SAFETY: the caller's word.
    let (node, (leaving, measured)) = unsafe { ((*frame).node(), pop(local, frame)) };
    finish(local, node, leaving, measured);
}

/// A guard that is not the innermost: those above it are closed with it, one already closed is left alone.
#[cold]
#[inline(never)]
fn close_out_of_order(local: &Local, frame: *const Frame) {
    // SAFETY: null, or this thread's shard.
    let Some(shard) = (unsafe { local.shard.get().as_ref() }) else { return };
    let top = local.top();
    if top.is_null() || !shard.holds(frame) || frame > top {
        return;
    }
    // SAFETY: both lie in the shard's array, the guard's at or below the innermost.
    let mut above = unsafe { between(frame, top) };
    if above.any(|f| f.flags.load(Relaxed) & Frame::CARRIED != 0) {
        // A recording or a carried context lies in between; it closes, when it ends, the frame and those that
        // were opened after it.
        // SAFETY: as above.
        unsafe { between(frame, top) }
            .take_while(|f| f.flags.load(Relaxed) & Frame::CARRIED == 0)
            .for_each(|f| _ = f.flags.fetch_or(Frame::CLOSED, Relaxed));
        return;
    }
    close_down_to(local, frame);
}

/// Closes what is open above `frame`; `false` where the frame itself is not open any more.
#[cold]
#[inline(never)]
pub(super) fn close_above(local: &Local, frame: *const Frame) -> bool {
    // SAFETY: null, or this thread's shard.
    let Some(shard) = (unsafe { local.shard.get().as_ref() }) else { return false };
    let top = local.top();
    if top.is_null() || !shard.holds(frame) || frame > top {
        return false;
    }
    close_down_to(local, frame.wrapping_add(1));
    frame == local.top()
}

/// The frames from `low` up to `high`.
///
/// # Safety
///
/// - Both must lie in the same shard's array.
unsafe fn between(low: *const Frame, high: *const Frame) -> impl Iterator<Item = &'static Frame> {
    let mut at = low;
    std::iter::from_fn(move || {
        if at > high {
            return None;
        }
        // SAFETY: between two frames of one array.
        let frame = unsafe { &*at };
        at = at.wrapping_add(1);
        Some(frame)
    })
}

/// Closes all frames from the innermost down to `frame`.
pub(super) fn close_down_to(local: &Local, frame: *const Frame) {
    loop {
        let top = local.top();
        if top.is_null() || top < frame {
            break;
        }
        // SAFETY: not null, so the innermost open frame of this thread.
        unsafe {
            if (*top).flags.load(Relaxed) & Frame::CARRIED != 0 {
                pop(local, top);
            } else {
                close_slowly(local, top);
            }
        }
    }
    close_marked(local);
}

/// Closes frames whose guards were dropped while they could not be.
pub(super) fn close_marked(local: &Local) {
    loop {
        let top = local.top();
        // SAFETY: null, or the innermost open frame of this thread.
        unsafe {
            if top.is_null() || (*top).flags.load(Relaxed) & Frame::CLOSED == 0 {
                return;
            }
            close_slowly(local, top);
        }
    }
}

/// Closes every frame of a thread that ends.
pub(crate) fn close_all(local: &Local) {
    // SAFETY: null, or this thread's shard.
    if let Some(shard) = unsafe { local.shard.get().cast::<Shard>().as_ref() } {
        close_down_to(local, shard.first_frame().wrapping_add(1));
    }
}

const _: () = assert!(size_of::<Edge>() == 32, "an index into the table is one shift");
