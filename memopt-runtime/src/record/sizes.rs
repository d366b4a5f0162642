//! Size classes of the allocations a site makes itself, and its `realloc`s.

use super::site_record::{GREW_FROM, GREW_TO, Record};
use crate::alloc::Counter;
use crate::alloc::local::Local;
use crate::report::SizeClass;

/// Largest size with a class of 16 bytes.
pub(crate) const SMALL_MAX: usize = 1024;
/// Classes of 16 bytes: 1..=16, 17..=32, … and one for size 0.
pub(super) const SMALL: usize = SMALL_MAX / 16 + 1;
/// Classes above: four to each doubling up to 2^48.
pub(super) const LARGE: usize = 4 * (48 - 10);

/// The class of a size up to [`SMALL_MAX`].
#[inline(always)]
pub(crate) fn small_class(size: usize) -> usize {
    (size + 15) >> 4
}

fn large_class(size: u64) -> usize {
    // Sizes from 2^e + 1 to 2^(e+1) share an exponent, so that a power of two ends its class.
    let below = size - 1;
    let exponent = below.ilog2();
    let quarter = (below >> (exponent - 2)) & 3;
    (((exponent - 10) * 4) as usize + quarter as usize).min(LARGE - 1)
}

/// Counts of the classes above [`SMALL_MAX`], made when a site first needs them.
#[derive(Debug)]
pub(super) struct LargeSizes(pub(super) [Counter; LARGE]);

/// Counts an allocation above [`SMALL_MAX`] in the innermost scope.
#[inline(never)]
pub(crate) fn count_large(local: &Local, size: usize) {
    let Some(record) = open_record(local) else { return };
    if let Some(large) = record.large_sizes() {
        large.0[large_class(size as u64)].add(1);
    }
}

/// Counts a `realloc` in the innermost scope; `goes_on` where the block had grown before.
#[inline(never)]
pub(crate) fn count_realloc(local: &Local, old: u64, new: u64, copied: u64, goes_on: bool) {
    // SAFETY: `sizes` is non-null only while `top` is a frame of this thread's shard.
    let Some(frame) = (unsafe { local.top().as_ref() }) else { return };
    let node = frame.node();
    node.reallocs.add(1);
    node.copied.add(copied);
    let Some(record) = node.record() else { return };
    if new > old {
        record.grows.add(1);
        // Every step of a chain of growth is the end so far and no longer where the step before ended, so the
        // difference of the two histograms is the distribution of final capacities.
        record.count(local, GREW_TO, new);
        if goes_on {
            record.count(local, GREW_FROM, old);
        }
    } else {
        record.shrinks.add(1);
        record.shrunk_bytes.add(old - new);
    }
}

fn open_record(local: &Local) -> Option<&'static Record> {
    // SAFETY: null, or a frame of this thread's shard, which is never unmapped.
    unsafe { local.top().as_ref() }.and_then(|frame| frame.node().record())
}

/// The filled classes of a record, ascending.
pub(super) fn read_classes(record: &Record, into: &mut Vec<SizeClass>) {
    for (class, count) in record.small.iter().enumerate() {
        let high = class as u64 * 16;
        push(into, high.saturating_sub(15), high, count.get());
    }
    let Some(large) = record.existing_large_sizes() else { return };
    for (class, count) in large.0.iter().enumerate() {
        let (exponent, quarter) = (10 + class as u64 / 4, class as u64 % 4);
        let step = 1u64 << (exponent - 2);
        let low = (1 << exponent) + quarter * step + 1;
        push(into, low, low + step - 1, count.get());
    }
}

fn push(into: &mut Vec<SizeClass>, low: u64, high: u64, count: u64) {
    if count == 0 {
        return;
    }
    match into.iter_mut().find(|class| class.low == low && class.high == high) {
        Some(class) => class.count += count,
        None => into.push(SizeClass { low, high, count }),
    }
}

#[cfg(test)]
mod tests {
    use super::{large_class, small_class};

    #[test]
    fn small_classes_end_at_multiples_of_16() {
        assert_eq!([1, 16, 17, 64, 65, 1024].map(small_class), [1, 1, 2, 4, 5, 64]);
    }

    #[test]
    fn large_classes_end_at_quarters_of_a_doubling() {
        assert_eq!([1025, 1280, 1281, 2048, 2049, 4096, 4097].map(large_class), [0, 0, 1, 3, 4, 7, 8]);
    }
}
