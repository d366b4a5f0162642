//! Size classes of the allocations a site makes itself, its `realloc`s, and what the region did not
//! serve.

use super::buckets;
use super::frame::Frame;
use super::histograms::{GREW_FROM, GREW_TO, LARGE};
use super::shard::Shard;
use super::site_record::Record;
use crate::report::SizeClass;
#[cfg(doc)]
use crate::thread::size_class::SMALL_MAX;
use crate::thread::state::{Realloc, ThreadState};
use std::sync::atomic::Ordering::Relaxed;

/// Counts an allocation above [`SMALL_MAX`] in the innermost scope.
#[inline(never)]
pub(crate) fn count_large(thread: &ThreadState, size: usize) {
    // SAFETY: null, or the size classes of a record, which the innermost frame's node keeps.
    if let Some(record) = unsafe { Record::of_sizes(thread.site_sizes()) } {
        // One less, so that a power of two ends its class.
        record.histograms.count(thread, LARGE, size as u64 - 1);
    }
}

/// Counts a `realloc` in the innermost scope.
#[inline(never)]
pub(crate) fn count_realloc(thread: &ThreadState, realloc: Realloc) {
    let Realloc { old, new, copied, goes_on } = realloc;
    // SAFETY: `sizes` is non-null only while `top` is a frame of this thread's shard.
    let Some(frame) = (unsafe { thread.top().as_ref() }) else { return };
    let node = frame.node();
    node.reallocs.add(1);
    node.copied.add(copied);
    let Some(record) = node.record() else { return };
    if new > old {
        record.grows.add(1);
        // Every step of a chain of growth is the end so far and no longer where the step before
        // ended, so the difference of the two histograms is the distribution of final capacities.
        record.histograms.count(thread, GREW_TO, new);
        if goes_on {
            record.histograms.count(thread, GREW_FROM, old);
        }
    } else {
        record.shrinks.add(1);
        record.shrunk_bytes.add(old - new);
    }
}

/// Counts a block that the region does not serve, in the innermost scope that is routed.
///
/// PERF: inlined into the hook it made a thousand boxes in an arena take 5 % longer, none of which
/// comes here (`scope_arena_box1000`: 0.51 of glibc's time in place of 0.49).
#[cold]
#[inline(never)]
pub(crate) fn count_passed_on(thread: &ThreadState) {
    // SAFETY: null, or this thread's shard.
    let Some(shard) = (unsafe { thread.shard().get().as_ref() }) else { return };
    let mut at = thread.top();
    while !at.is_null() && at > shard.first_frame() {
        // SAFETY: an open frame of this thread's array, above the first.
        let frame = unsafe { &*at };
        if frame.flags.load(Relaxed) & Frame::ROUTED != 0 {
            if let Some(record) = frame.node().record() {
                record.passed_on.add(1);
            }
            return;
        }
        at = at.wrapping_sub(1);
    }
}

/// The filled classes of a record, ascending.
pub(super) fn read_classes(shard: &Shard, record: &Record, into: &mut Vec<SizeClass>) {
    for (class, count) in record.small.iter().enumerate() {
        let high = class as u64 * 16;
        push(into, high.saturating_sub(15), high, count.get());
    }
    record.histograms.each_bucket(shard, LARGE, |bucket, count| {
        push(into, buckets::lowest(bucket) + 1, buckets::lowest(bucket + 1), count);
    });
}

fn push(into: &mut Vec<SizeClass>, low: u64, high: u64, count: u64) {
    if count == 0 {
        return;
    }
    match into.iter_mut().find(|class| class.low == low && class.high == high) {
        Some(class) => class.count += count,
        None => into.push(SizeClass::new(low, high, count)),
    }
}
