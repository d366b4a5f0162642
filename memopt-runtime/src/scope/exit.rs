//! The work of exit: a frame is closed, its traffic goes to its node and its record.

use crate::machine::{at, opaque};
use crate::record::{Frame, Node};
use crate::region;
use crate::site::{Measured, Site};
use crate::sync::Word;
use crate::thread::state::{ThreadState, now_ns};
use std::sync::atomic::Ordering::Relaxed;

/// What comes after a frame's traffic was worked out, for the compiler's choice of registers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The histograms at once, with all registers.
    ///
    /// PERF: 7 instructions a call less than the other; 4 more where the figures are kept.
    Straight,
    /// The figures are kept.
    Mixed,
}

/// What becomes of a call whose frame is closed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// It has ended.
    Ended,
    /// It waits and goes on with another frame.
    GoesOn,
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

/// Closes the innermost frame, without telling its node that it closes: gives its traffic and
/// restores the frame below. Returns what the frame counted, and whether that was nothing.
///
/// # Safety
///
/// - `place` must be the innermost open frame of this thread.
#[inline(always)]
unsafe fn pop_traffic(thread: &ThreadState, place: *const Frame, way: Way) -> (Measured, bool) {
    // SAFETY: the caller's word; an open frame has one below it in the array.
    let (below, frame) = unsafe { (place.sub(1), at(place)) };
    // SAFETY: this thread alone writes its frames.
    let allocs = thread.counters.allocs.get().wrapping_sub(unsafe { frame.allocs.own() });
    thread.set_top(below);
    // SAFETY: as above.
    thread.count_sizes_at(unsafe { at(below) }.node().sizes());
    // SAFETY: as above.
    let mut frees = thread.counters.frees.get().wrapping_sub(unsafe { frame.frees.own() });
    if matches!(way, Way::Straight) {
        // PERF: worked out here, else both values are kept until they are asked for.
        frees = opaque(frees);
    }
    // SAFETY: as above.
    let (bytes, given_back) = unsafe { (frame.bytes.own(), frame.freed.own()) };
    let mut measured = Measured {
        allocs,
        bytes: thread.counters.bytes.get().wrapping_sub(bytes),
        frees,
        freed: thread.counters.freed.get().wrapping_sub(given_back),
        peak: 0,
    };
    let around = frame.peak.get();
    let idle = match way {
        // PERF: asked one after the other, since a sum of bits takes a register.
        Way::Straight => measured.bytes == 0 && opaque(measured.freed) == 0,
        Way::Mixed => measured.is_idle(),
    };
    if idle {
        thread.peak.write(around.cast_signed());
        return (measured, true);
    }
    // PERF: one value to keep instead of two, so that no register is saved.
    let live = opaque(bytes.wrapping_sub(given_back));
    // At entry the peak was what was live, and it only rises.
    let peak = thread.peak.read();
    measured.peak = peak.cast_unsigned().wrapping_sub(live);
    thread.peak.write(peak.max(around.cast_signed()));
    (measured, false)
}

/// Tells the site's trial of a measured call.
fn weigh(node: &Node, frame: &Frame, flags: u32, call: &Measured) {
    if let Some(trial) = node.site().and_then(Site::trial) {
        trial.add(flags & Frame::TREATED != 0, frame.started.get(), call);
    }
}

/// Closes the innermost frame of any kind and tells how it was left.
///
/// # Safety
///
/// - `place` must be the innermost open frame of this thread.
pub(super) unsafe fn pop(thread: &ThreadState, place: *const Frame) -> (Leaving, Measured) {
    // SAFETY: the caller's word; an open frame has one below it in the array.
    let (below, frame) = unsafe { (&*place.sub(1), &*place) };
    let (node, flags) = (frame.node(), frame.flags.load(Relaxed));
    let mut leaving = Leaving {
        panicked: std::thread::panicking() && flags & Frame::PANICKING == 0,
        ..Leaving::default()
    };
    if flags & Frame::TIMED != 0 {
        let ns = now_ns().saturating_sub(frame.started.get());
        leaving.timed = Some((ns, u64::from(frame.weight.load(Relaxed))));
    }
    leaving.nested = node.closes();
    // SAFETY: the caller's word.
    let (m, _) = unsafe { pop_traffic(thread, place, Way::Mixed) };
    node.enter([m.allocs, m.bytes, m.frees, m.freed]);
    if flags & Frame::ROUTED != 0 {
        region::leave(thread);
    }
    if flags & Frame::WEIGHED != 0 && !leaving.nested && !leaving.panicked {
        weigh(node, frame, flags, &m);
    }
    if flags & Frame::CROSSED != 0 {
        below.node().flows_into(node, [m.allocs, m.bytes, m.frees, m.freed]);
    }
    (leaving, m)
}

/// Closes the innermost frame where nothing is to be done for it but to count; `None` where nothing
/// was counted.
///
/// # Safety
///
/// - `place` must be the innermost open frame of this thread, without flags; `node` its node.
#[inline(always)]
pub(super) unsafe fn pop_plain(
    thread: &ThreadState,
    place: *const Frame,
    node: &Node,
    way: Way,
    after: After,
) -> Option<Measured> {
    node.closes_last(after == After::GoesOn);
    // SAFETY: the caller's word.
    let (m, idle) = unsafe { pop_traffic(thread, place, way) };
    if idle {
        return None;
    }
    node.enter([m.allocs, m.bytes, m.frees, m.freed]);
    Some(m)
}

/// Notes a finished outermost call, but for its number; `None` where nothing was counted.
#[inline(always)]
pub(super) fn record_call(thread: &ThreadState, node: &Node, measured: Option<Measured>) {
    match measured {
        // PERF: most calls of most programs allocate nothing; one counter stands for four
        // histograms.
        None => _ = node.idle.add(1),
        Some(measured) => {
            if let Some(record) = node.record()
                && !record.record(thread, measured)
            {
                record.record_slow_path(thread, measured.values());
            }
        }
    }
}

/// Takes the time of a poll, where it was timed.
pub(super) fn note_time(thread: &ThreadState, node: &Node, leaving: &mut Leaving) {
    if let (Some((ns, weight)), Some(record)) = (leaving.timed.take(), node.record()) {
        record.time(thread, ns, weight);
    }
}

/// Notes a finished call of a node: `measured` is all it did, over all its polls.
pub(super) fn finish(thread: &ThreadState, node: &Node, leaving: Leaving, measured: Measured) {
    node.add_calls(1);
    let (Some(record), Some(site)) = (node.record(), node.site()) else { return };
    if let Some((ns, weight)) = leaving.timed {
        record.time(thread, ns, weight);
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
    record_call(thread, node, (!measured.is_idle()).then_some(measured));
    let limits = site.limits();
    let within = measured.allocs <= limits.max_allocs
        && measured.bytes <= limits.max_bytes
        && measured.peak <= limits.max_peak
        && measured.retained() <= limits.max_retained;
    if !within {
        record.exceeded.add(1);
    }
}

/// Whether a frame, not null, is the innermost one and has no flags.
#[inline(always)]
pub(super) fn is_plain_top(thread: &ThreadState, frame: *const Frame) -> bool {
    // SAFETY: this thread alone writes both; the innermost frame, not null, is one of its shard.
    unsafe { frame == thread.own_top() && at(frame).flags.own() == 0 }
}

/// Closes the innermost frame as a finished call.
///
/// # Safety
///
/// - `frame` must be the innermost open frame of this thread.
#[cold]
#[inline(never)]
pub(super) unsafe fn close_slow_path(thread: &ThreadState, frame: *const Frame) {
    // SAFETY: the caller's word.
    let (node, (leaving, measured)) = unsafe { ((*frame).node(), pop(thread, frame)) };
    finish(thread, node, leaving, measured);
}
