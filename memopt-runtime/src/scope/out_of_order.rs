//! Guards that are not dropped in the order of their frames, or never: what lies above is closed
//! with them.

use super::exit::{close_slow_path, pop};
use crate::record::{self, Frame};
use crate::thread::state::ThreadState;
use std::sync::atomic::Ordering::Relaxed;

/// A guard that is not the innermost: those above it are closed with it, one already closed is left
/// alone. The sites of all of them are told, for what they count is not theirs alone.
#[cold]
#[inline(never)]
pub(super) fn drop_out_of_order(thread: &ThreadState, frame: *const Frame) {
    if let Some(top) = top_above(thread, frame) {
        // SAFETY: both lie in the shard's array, the guard's at or below the innermost.
        unsafe { tell(frame, top) };
        close_out_of_order(thread, frame);
    }
}

/// The innermost open frame, where `frame` is open on this thread too.
fn top_above(thread: &ThreadState, frame: *const Frame) -> Option<*const Frame> {
    // SAFETY: null, or this thread's shard.
    let shard = unsafe { thread.shard().get().as_ref() }?;
    let top = thread.top();
    (!top.is_null() && shard.holds(frame) && frame <= top).then_some(top)
}

/// Counts the calls from `low` to `high` as closed out of order, where they are calls of a site.
///
/// # Safety
///
/// - Both must lie in the same shard's array.
unsafe fn tell(low: *const Frame, high: *const Frame) {
    // SAFETY: the caller's word.
    for frame in unsafe { between(low, high) } {
        let is_call = frame.flags.load(Relaxed) & (Frame::CARRIED | Frame::CLOSED) == 0;
        if let (true, Some(record)) = (is_call, frame.node().record()) {
            record.out_of_order.add(1);
        }
    }
}

/// The same for what is no guard: a stay in a span.
#[cold]
#[inline(never)]
pub(super) fn close_out_of_order(thread: &ThreadState, frame: *const Frame) {
    let Some(top) = top_above(thread, frame) else { return };
    // SAFETY: both lie in the shard's array, the guard's at or below the innermost.
    let mut above = unsafe { between(frame, top) };
    if above.any(|f| f.flags.load(Relaxed) & Frame::CARRIED != 0) {
        // A recording or a carried context lies in between; it closes, when it ends, the frame and
        // those that were opened after it.
        // SAFETY: as above.
        unsafe { between(frame, top) }
            .take_while(|f| f.flags.load(Relaxed) & Frame::CARRIED == 0)
            .for_each(|f| _ = f.flags.fetch_or(Frame::CLOSED, Relaxed));
        return;
    }
    close_down_to(thread, frame);
}

/// Closes what is open above `frame`, guards held where a poll ended; `false` where the frame
/// itself is not open any more.
#[cold]
#[inline(never)]
pub(super) fn close_above(thread: &ThreadState, frame: *const Frame) -> bool {
    let Some(top) = top_above(thread, frame) else { return false };
    let above = frame.wrapping_add(1);
    // SAFETY: both lie in the shard's array; where nothing is above there is nothing between.
    unsafe { tell(above, top) };
    close_down_to(thread, above);
    frame == thread.top()
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
pub(super) fn close_down_to(thread: &ThreadState, frame: *const Frame) {
    loop {
        let top = thread.top();
        if top.is_null() || top < frame {
            break;
        }
        // SAFETY: not null, so the innermost open frame of this thread.
        unsafe {
            if (*top).flags.load(Relaxed) & Frame::CARRIED != 0 {
                pop(thread, top);
            } else {
                close_slow_path(thread, top);
            }
        }
    }
    close_marked(thread);
}

/// Closes frames whose guards were dropped while they could not be.
pub(super) fn close_marked(thread: &ThreadState) {
    loop {
        let top = thread.top();
        // SAFETY: null, or the innermost open frame of this thread.
        unsafe {
            if top.is_null() || (*top).flags.load(Relaxed) & Frame::CLOSED == 0 {
                return;
            }
            close_slow_path(thread, top);
        }
    }
}

/// What a thread leaves behind when it ends: no open frames, no parts of closed recordings.
pub(super) fn thread_ends(thread: &ThreadState) {
    // SAFETY: null, or this thread's shard.
    let Some(shard) = (unsafe { thread.shard().get().as_ref() }) else { return };
    if !thread.is_muted() {
        close_down_to(thread, shard.first_frame().wrapping_add(1));
        record::closed_recordings(thread, shard);
    }
}
