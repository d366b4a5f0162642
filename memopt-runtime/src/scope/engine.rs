//! The work of entry and exit: a frame is opened, its traffic goes to its node and its record.
//!
//! The thread's counters are read at entry and subtracted at exit; nothing is sent anywhere. Frames lie in an
//! array, so that other threads can see what is open, and guards dropped out of order or never can be mended.

use crate::alloc::IN_SLOW_PATH;
use crate::alloc::local::{Local, now_ns};
use crate::record::{self, Edge, Frame, Measured, Node, Shard};
use crate::site::Site;
use std::ptr;
use std::sync::atomic::Ordering::Relaxed;

/// Calls of a node that are all timed, before sampling starts.
const TIMED_AT_FIRST: u64 = 32;
/// Mean number of calls from one timed call to the next.
const TIMED_EVERY: u64 = 256;

/// Opens a frame of `site`; null where scopes cannot be entered here.
#[inline(always)]
pub(super) fn open(local: &Local, site: &'static Site) -> *const Frame {
    if local.top().is_null() && !record::ready(local) {
        return ptr::null();
    }
    let (node, flags) = lookup(local, site);
    push(local, node, flags)
}

#[inline(always)]
fn lookup(local: &Local, site: &'static Site) -> (&'static Node, u32) {
    // SAFETY: `open` has seen `top` set, and with it the shard's table.
    let (parent, edge) = unsafe {
        let parent = ptr::from_ref((*local.top()).node()).addr();
        let at = record::home(parent, ptr::from_ref(site).addr(), local.edge_shift.get());
        (parent, &*local.edges.get().add(at))
    };
    if edge.parent == parent && edge.key == ptr::from_ref(site).addr() {
        // SAFETY: edges that leave a node lead to nodes of the same shard, which is never unmapped.
        (unsafe { edge.target::<Node>() }, edge.flags)
    } else {
        record::child_of_top(local, site)
    }
}

/// Opens a frame of `node` above the innermost one; null where there is no room (a recursion deeper than the
/// array of frames: its traffic stays with the scope around it).
#[inline(always)]
pub(super) fn push(local: &Local, node: &'static Node, flags: u32) -> *const Frame {
    let top = local.top();
    if top == local.last_frame.get() {
        return ptr::null();
    }
    // SAFETY: `top` is a frame of the shard's array and not the last.
    let frame = unsafe { &*top.add(1) };
    let flags = if std::thread::panicking() { flags | Frame::PANICKING } else { flags };
    frame.set_node(node);
    frame.flags.store(flags, Relaxed);
    frame.started.set(0);
    frame.allocs.set(local.counters.allocs.get() | IN_SLOW_PATH);
    frame.bytes.set(local.counters.bytes.get());
    frame.frees.set(local.counters.frees.get());
    frame.freed.set(local.counters.freed.get());
    frame.peak.set(local.peak.load(Relaxed).cast_unsigned());
    local.peak.store(local.live(), Relaxed);
    node.opens();
    let left = node.countdown.load(Relaxed);
    if left == 0 {
        start_timing(node, frame);
    } else {
        node.countdown.store(left - 1, Relaxed);
    }
    local.set_top(frame);
    look_at(local, node);
    frame
}

/// Lets the hook count for `node`.
#[inline(always)]
fn look_at(local: &Local, node: &Node) {
    let sizes = node.sizes();
    local.sizes.store(sizes, Relaxed);
    let allocs = local.counters.allocs.get();
    let marked = if sizes.is_null() { allocs & !IN_SLOW_PATH } else { allocs | IN_SLOW_PATH };
    local.counters.allocs.set(marked);
}

#[cold]
#[inline(never)]
fn start_timing(node: &Node, frame: &Frame) {
    let gap = if node.calls.get() < TIMED_AT_FIRST {
        1
    } else {
        // Uniform around the mean, so that a program with a period does not meet the sampler in step.
        let mixed = (node.calls.get() ^ ptr::from_ref(node).addr() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        TIMED_EVERY / 2 + ((mixed >> 32) * TIMED_EVERY >> 32)
    };
    node.countdown.store(gap as u32 - 1, Relaxed);
    frame.weight.store(gap as u32, Relaxed);
    frame.started.set(now_ns());
}

/// What a frame measured, and whether its call is not within another one of the same node.
pub(super) struct Left {
    pub(super) measured: Measured,
    pub(super) outermost: bool,
    pub(super) panicked: bool,
    /// Duration and the number of calls it stands for, where the call was timed.
    timed: Option<(u64, u64)>,
}

impl Left {
    /// Sets how long the call took in all, and how many calls it stands for.
    pub(super) fn set_timing(&mut self, timed: Option<(u64, u64)>) {
        self.timed = timed;
    }
}

/// Closes the innermost frame: adds its traffic to its node, restores the frame below.
#[inline(always)]
pub(super) fn pop(local: &Local, frame: &Frame) -> Left {
    let node = frame.node();
    let outermost = !node.closes();
    let entry_live = frame.bytes.get().wrapping_sub(frame.freed.get()).cast_signed();
    let peak = local.peak.load(Relaxed);
    let measured = Measured {
        allocs: (local.counters.allocs.get() | IN_SLOW_PATH).wrapping_sub(frame.allocs.get()),
        bytes: local.counters.bytes.get().wrapping_sub(frame.bytes.get()),
        frees: local.counters.frees.get().wrapping_sub(frame.frees.get()),
        freed: local.counters.freed.get().wrapping_sub(frame.freed.get()),
        peak: peak.wrapping_sub(entry_live).max(0).cast_unsigned(),
    };
    node.enter([measured.allocs, measured.bytes, measured.frees, measured.freed]);
    local.peak.store(peak.max(frame.peak.get().cast_signed()), Relaxed);
    // SAFETY: an open frame has one below it in the array.
    let below = unsafe { &*ptr::from_ref(frame).sub(1) };
    local.set_top(below);
    look_at(local, below.node());
    let flags = frame.flags.load(Relaxed);
    let mut left = Left { measured, outermost, panicked: false, timed: None };
    if std::thread::panicking() && flags & Frame::PANICKING == 0 {
        left.panicked = true;
    }
    if flags & (Frame::CROSSED | Frame::CARRIED) != 0 || !outermost {
        unusual(&left, node, below.node(), flags);
    }
    let started = frame.started.get();
    if started != 0 {
        left.timed = Some(timing(frame, started));
    }
    left
}

#[cold]
#[inline(never)]
fn timing(frame: &Frame, started: u64) -> (u64, u64) {
    (now_ns().saturating_sub(started), u64::from(frame.weight.load(Relaxed)))
}

#[cold]
#[inline(never)]
fn unusual(left: &Left, node: &Node, below: &Node, flags: u32) {
    let m = &left.measured;
    if flags & Frame::CROSSED != 0 {
        below.flows_into(node, [m.allocs, m.bytes, m.frees, m.freed]);
    }
    if flags & Frame::CARRIED == 0 && !left.outermost {
        if let Some(flow) = node.make_flow() {
            flow.recursive.add(1);
        }
    }
}

/// Notes a finished call: `measured` is all it did, over all its polls.
#[inline(always)]
pub(super) fn finish(local: &Local, node: &Node, left: &Left, measured: &Measured) {
    node.calls.add(1);
    let Some(record) = node.record() else { return };
    if left.outermost {
        record.record(local, measured);
    }
    if left.panicked || left.timed.is_some() || node.has_budget() {
        finish_specially(local, node, left, measured);
    }
}

#[cold]
#[inline(never)]
fn finish_specially(local: &Local, node: &Node, left: &Left, measured: &Measured) {
    let (Some(record), Some(site)) = (node.record(), node.site()) else { return };
    if left.panicked {
        record.panics.add(1);
    }
    if let Some((ns, weight)) = left.timed {
        record.time(local, ns, weight);
    }
    let limits = site.limits();
    let within = measured.allocs <= limits.max_allocs
        && measured.bytes <= limits.max_bytes
        && measured.peak <= limits.max_peak
        && measured.retained() <= limits.max_retained;
    if left.outermost && !within {
        record.exceeded.add(1);
    }
}

/// Closes the innermost frame as a finished call.
#[inline(always)]
fn pop_call(local: &Local, frame: &Frame) {
    let left = pop(local, frame);
    let measured = left.measured;
    finish(local, frame.node(), &left, &measured);
}

/// Leaves the call of a guard.
#[inline(always)]
pub(super) fn close(local: &Local, frame: *const Frame) {
    if frame == local.top() {
        // SAFETY: equal to the innermost open frame, which is not null as guards of no frame do not come here.
        pop_call(local, unsafe { &*frame });
    } else {
        close_out_of_order(local, frame);
    }
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
    let carried = unsafe { between(frame, top) }.any(|f| f.flags.load(Relaxed) & Frame::CARRIED != 0);
    if carried {
        // A recording or a carried context lies in between; it closes the frame when it ends.
        // SAFETY: as above.
        unsafe { &*frame }.flags.fetch_or(Frame::CLOSED, Relaxed);
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
    while !local.top().is_null() && local.top() >= frame {
        // SAFETY: not null, so a frame of this thread's array.
        let top = unsafe { &*local.top() };
        if top.flags.load(Relaxed) & Frame::CARRIED != 0 {
            pop(local, top);
        } else {
            pop_call(local, top);
        }
    }
    close_marked(local);
}

/// Closes frames whose guards were dropped while they could not be.
pub(super) fn close_marked(local: &Local) {
    loop {
        // SAFETY: null, or a frame of this thread's array.
        let Some(top) = (unsafe { local.top().as_ref() }) else { return };
        if top.flags.load(Relaxed) & Frame::CLOSED == 0 {
            return;
        }
        pop_call(local, top);
    }
}

/// Closes every frame of a thread that ends.
pub(crate) fn close_all(local: &Local) {
    // SAFETY: null, or this thread's shard.
    if let Some(shard) = unsafe { local.shard.get().cast::<Shard>().as_ref() } {
        close_down_to(local, ptr::from_ref(shard.first_frame()).wrapping_add(1));
    }
}

const _: () = assert!(size_of::<Edge>() == 32, "an index into the table is one shift");
