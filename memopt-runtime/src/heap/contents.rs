//! What a block holds when it is freed: how much was ever written, whether it is zero, whether
//! another was equal.
//!
//! Looked at by the thread that frees it, which is the only one that may: so no reader meets a
//! writer. What a block carried when it was handed out is known, so no byte is read that was never
//! written. Of a large block only windows are filled and looked at, in two pages, and one more
//! for each 128 KiB, up to nine: more would make pages resident that the program never touches.

use super::tag::Carried;
use crate::report::Contents;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a block carries when it is handed out.
const PATTERN: u8 = 0xA5;
/// Bytes of a block looked at, at most.
const LOOKED_AT: usize = 1024;
/// Windows of a block that is no larger than a page, or that is only read.
const WINDOWS: usize = 16;
/// A block up to this size lies in two pages at most.
const PAGE: usize = 4096;
/// Bytes looked at in a larger block's beginning, and at places drawn by chance.
const HALF: usize = LOOKED_AT / 2;
/// A place for each so many bytes of a larger block, and how many at most.
const EACH: usize = 128 << 10;
const PLACES: usize = 8;
/// Contents remembered.
const SEEN: usize = 4096;

/// Hashes of contents seen lately. Zeroed memory is an empty list.
#[derive(Debug)]
pub(super) struct KnownContents {
    hashes: [AtomicU64; SEEN],
}

impl KnownContents {
    /// Whether this was seen before; it is now.
    fn again(&self, hash: u64) -> bool {
        self.hashes[hash as usize % SEEN].swap(hash, Relaxed) == hash
    }
}

/// Where a block is filled and looked at: all of a small one; 16 windows of 64 bytes spread over
/// one of a page; of a larger one its beginning, where the allocator's own header makes the page
/// resident anyway, and a place that was `drawn`, the same in each of up to eight equal parts. Of
/// one that grew only what is new, and of zeroes, which are only read, 16 windows whatever the
/// size.
fn windows(carried: Carried, size: usize, drawn: u64) -> impl Iterator<Item = Range<usize>> {
    let from = if carried == Carried::UpperHalf { size / 2 } else { 0 };
    let len = size - from;
    let is_large = is_large(carried, size);
    let places = (len / EACH).clamp(1, PLACES);
    let begin = usize::from(is_large && from == 0);
    let (count, width) = match (len, is_large) {
        (_, true) => (begin + places, HALF / places),
        (..=LOOKED_AT, false) => (1, len),
        (_, false) => (WINDOWS, LOOKED_AT / WINDOWS),
    };
    (0..count).map(move |n| {
        if n < begin {
            return from..from + HALF;
        }
        let start = if is_large {
            let part = len / places;
            from + (n - begin) * part + (drawn % (part - width + 1) as u64) as usize
        } else if n + 1 == count {
            size - width
        } else {
            // A quotient first, so that no size overflows.
            from + n * ((len - width) / (count - 1))
        };
        start..start + width
    })
}

/// Whether windows behind the beginning are drawn ones, which stand for all that is looked at.
fn is_large(carried: Carried, size: usize) -> bool {
    size > PAGE && carried != Carried::Zeroes
}

/// Writes the pattern where the block will be looked at.
///
/// # Safety
///
/// - Nobody may use those of the `size` bytes from `block` that have no contents yet: all of them,
///   or those from the middle on.
pub(super) unsafe fn fill(block: *mut u8, size: usize, carried: Carried, drawn: u64) {
    for window in windows(carried, size, drawn) {
        // SAFETY: the caller's word.
        unsafe { block.add(window.start).write_bytes(PATTERN, window.len()) };
    }
}

/// Looks at a block. What is found is in bytes of the block, the windows standing for what lies
/// between them.
///
/// # Safety
///
/// - The `size` bytes from `block` must have been handed out with what is said to be carried,
///   filled with the same `drawn`, and no thread may write them now.
pub(super) unsafe fn look(
    block: *const u8,
    size: usize,
    carried: Carried,
    drawn: u64,
    seen: &KnownContents,
) -> Contents {
    let (mut copy, mut len) = ([0; LOOKED_AT], 0);
    for window in windows(carried, size, drawn) {
        for (byte, at) in copy[len..].iter_mut().zip(window) {
            // SAFETY: the caller's word. Volatile: the program may have moved padding here, of
            // which the compiler must not think.
            *byte = unsafe { block.add(at).read_volatile() };
            len += 1;
        }
    }
    let bytes = &copy[..len];
    // What says how much was written, and what says whether another is equal: a place that was
    // drawn is another each time.
    let (told_by, compared) = match (is_large(carried, size), carried) {
        (true, Carried::UpperHalf) | (false, _) => (bytes, bytes),
        (true, _) => (&bytes[HALF..], &bytes[..HALF]),
    };
    let size = size as u64;
    // Runs of the pattern: single bytes of it are more likely the program's.
    let unwritten = |bytes: &[u8]| if carried == Carried::Zeroes { 0 } else { untouched(bytes) };
    let share = |of: u64| {
        let (part, whole) = (unwritten(told_by), told_by.len().max(1));
        (u128::from(part) * u128::from(of) / whole as u128) as u64
    };
    let mut found = Contents::default();
    found.samples = 1;
    found.looked_at = size;
    if carried == Carried::UpperHalf {
        // The lower half was full, or it would not have grown; what it holds is not looked at.
        found.never_written = share(size - size / 2);
        return found;
    }
    found.never_written = share(size);
    if unwritten(compared) == compared.len() as u64 {
        return found;
    }
    if bytes.iter().all(|byte| *byte == 0) {
        found.zero = size;
    } else if seen.again(hash(compared, size).max(1)) {
        found.duplicate = size;
    }
    found
}

/// FNV-1a.
fn hash(bytes: &[u8], size: u64) -> u64 {
    let add = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
    bytes.iter().fold(0xCBF2_9CE4_8422_2325 ^ size, add)
}

/// Bytes that still carry the pattern, in runs of at least 8, or up to the end.
fn untouched(bytes: &[u8]) -> u64 {
    let (mut sum, mut run) = (0, 0);
    for byte in bytes {
        if *byte == PATTERN {
            run += 1;
            continue;
        }
        sum += if run >= 8 { run } else { 0 };
        run = 0;
    }
    sum + run
}

#[cfg(test)]
mod tests {
    use super::*;

    #[allow(clippy::large_stack_arrays, reason = "in a test")]
    fn nothing() -> Box<KnownContents> {
        Box::new(KnownContents { hashes: [const { AtomicU64::new(0) }; SEEN] })
    }

    fn looked(bytes: &[u8], carried: Carried, drawn: u64, seen: &KnownContents) -> Contents {
        // SAFETY: a slice.
        unsafe { look(bytes.as_ptr(), bytes.len(), carried, drawn, seen) }
    }

    /// A block as it is handed out, so full of what its allocator left there.
    fn handed_out(size: usize, carried: Carried, drawn: u64) -> Vec<u8> {
        let mut block = vec![0x11; size];
        // SAFETY: a slice of that size.
        unsafe { fill(block.as_mut_ptr(), size, carried, drawn) };
        block
    }

    #[test]
    fn the_rest_of_a_buffer_that_was_not_filled_is_counted() {
        let seen = nothing();
        let mut bytes = handed_out(100, Carried::Pattern, 0);
        bytes[..40].fill(7);
        assert_eq!(looked(&bytes, Carried::Pattern, 0, &seen).never_written, 60);
        assert_eq!(looked(&bytes, Carried::Zeroes, 0, &seen).never_written, 0);
    }

    #[test]
    fn windows_of_a_page_stand_for_what_lies_between_them() {
        let seen = nothing();
        let mut block = handed_out(4096, Carried::Pattern, 0);
        let filled: usize = block.iter().map(|byte| usize::from(*byte == PATTERN)).sum();
        assert_eq!(filled, 1024, "64 bytes at 16 places");
        // A quarter: the first four of sixteen windows.
        block[..1024].fill(7);
        let found = looked(&block, Carried::Pattern, 0, &seen);
        assert_eq!((found.looked_at, found.never_written), (4096, 3072));
    }

    #[test]
    #[cfg_attr(miri, ignore = "counts 16 MiB byte by byte")]
    fn of_a_large_block_two_places_are_touched_and_many_blocks_tell_the_share() {
        let (seen, size) = (nothing(), 1 << 17);
        let mut unwritten = 0;
        for number in 0..64u64 {
            // Evenly over the block.
            let drawn = number * (size as u64 / 64);
            let mut block = handed_out(size, Carried::Pattern, drawn);
            let filled: usize = block.iter().map(|byte| usize::from(*byte == PATTERN)).sum();
            assert!(filled <= 1024, "{filled}");
            block[..size / 4].fill(number as u8);
            let found = looked(&block, Carried::Pattern, drawn, &seen);
            assert!(found.never_written == 0 || found.never_written == size as u64, "{found:?}");
            unwritten += found.never_written;
        }
        assert_eq!(unwritten, 48 * size as u64, "three quarters of 64 blocks");
    }

    #[test]
    #[cfg_attr(miri, ignore = "fills a MiB")]
    fn one_block_of_a_mebibyte_tells_how_much_of_it_was_written_by_itself() {
        for (quarters, drawn) in [(1, 0), (2, 77), (3, 1 << 40), (4, 5)] {
            let mut block = handed_out(1 << 20, Carried::Pattern, drawn);
            block[..quarters << 18].fill(7);
            let found = looked(&block, Carried::Pattern, drawn, &nothing());
            assert_eq!(found.never_written, (4 - quarters as u64) << 18, "{drawn}");
        }
    }

    #[test]
    fn windows_lie_within_their_block() {
        for size in [1, 63, 1023, 1024, 1025, 1500, 2049, 4096, 4097, 5000, 70_001, 1 << 47] {
            for carried in [Carried::Pattern, Carried::UpperHalf, Carried::Zeroes] {
                for drawn in [0, 1, 511, 4095, 1 << 33, u64::MAX] {
                    let ranges: Vec<_> = windows(carried, size, drawn).collect();
                    let from = if carried == Carried::UpperHalf { size / 2 } else { 0 };
                    assert!(
                        ranges.iter().all(|range| range.start >= from && range.end <= size),
                        "{ranges:?}"
                    );
                    assert!(
                        ranges.iter().map(Range::len).sum::<usize>() <= LOOKED_AT,
                        "{ranges:?}"
                    );
                    assert!(
                        !ranges.is_empty() && ranges.iter().all(|range| !range.is_empty()),
                        "{size}"
                    );
                }
            }
        }
    }

    #[test]
    fn of_a_block_that_grew_only_the_new_half_can_be_unwritten() {
        let seen = nothing();
        for size in [1024, 4096, 65_536] {
            let mut block = handed_out(size, Carried::UpperHalf, 9);
            assert!(block[..size / 2].iter().all(|byte| *byte == 0x11), "what it held stays");
            let found = looked(&block, Carried::UpperHalf, 9, &seen);
            assert_eq!((found.looked_at, found.never_written), (size as u64, size as u64 / 2));
            block[size / 2..].fill(0);
            let found = looked(&block, Carried::UpperHalf, 9, &seen);
            assert_eq!((found.never_written, found.zero, found.duplicate), (0, 0, 0));
        }
    }

    #[test]
    fn zeroes_and_equal_contents_are_told() {
        let seen = nothing();
        assert_eq!(looked(&[0; 64], Carried::Pattern, 0, &seen).zero, 64);
        assert_eq!(looked(&vec![0; 100_000], Carried::Zeroes, 0, &seen).zero, 100_000);
        assert_eq!(looked(b"the same", Carried::Pattern, 0, &seen).duplicate, 0);
        assert_eq!(looked(b"the same", Carried::Pattern, 0, &seen).duplicate, 8);
        assert_eq!(looked(b"not that", Carried::Pattern, 0, &seen).duplicate, 0);
        // Wherever the place is that was drawn.
        let large = vec![3; 50_000];
        assert_eq!(looked(&large, Carried::Pattern, 1, &seen).duplicate, 0);
        assert_eq!(looked(&large, Carried::Pattern, 7777, &seen).duplicate, 50_000);
    }
}
