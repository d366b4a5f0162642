//! What a block holds when it is freed: how much was ever written, whether it is zero, whether another was equal.
//!
//! Looked at by the thread that frees it, which is the only one that may: so no reader meets a writer. What a block carried
//! when it was handed out is known, so no byte is read that was never written. Of a large block only windows are filled and looked
//! at, spread over it: all of it would make pages resident that the program never touches.

use super::tag::Carried;
use crate::report::Contents;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a block carries when it is handed out.
const PATTERN: u8 = 0xA5;
/// Bytes of a block looked at, at most.
const LOOKED_AT: usize = 1024;
/// Windows of a larger block.
const WINDOWS: usize = 16;
/// Contents remembered.
const SEEN: usize = 4096;

/// Hashes of contents seen lately. Zeroed memory is an empty list.
#[derive(Debug)]
pub(super) struct Seen {
    hashes: [AtomicU64; SEEN],
}

impl Seen {
    /// Whether this was seen before; it is now.
    fn again(&self, hash: u64) -> bool {
        self.hashes[hash as usize % SEEN].swap(hash, Relaxed) == hash
    }
}

/// Where a block is filled and looked at: all of a small one; of a larger one 16 windows of 64 bytes, the first and the last
/// bytes among them.
fn windows(carried: Carried, size: usize) -> impl Iterator<Item = Range<usize>> {
    let from = if carried == Carried::UpperHalf { size / 2 } else { 0 };
    let len = size - from;
    let (count, width) = if len <= LOOKED_AT { (1, len) } else { (WINDOWS, LOOKED_AT / WINDOWS) };
    // A quotient first, so that no size overflows.
    let step = (len - width) / (count - 1).max(1);
    (0..count).map(move |n| {
        let start = if n + 1 == count { size - width } else { from + n * step };
        start..start + width
    })
}

/// Writes the pattern where the block will be looked at.
///
/// # Safety
///
/// - Nobody may use those of the `size` bytes from `block` that have no contents yet: all of them, or those from the middle on.
pub(super) unsafe fn fill(block: *mut u8, size: usize, carried: Carried) {
    for window in windows(carried, size) {
        // SAFETY: the caller's word.
        unsafe { block.add(window.start).write_bytes(PATTERN, window.len()) };
    }
}

/// Looks at a block. What is found is in bytes of the block, the windows standing for what lies between them.
///
/// # Safety
///
/// - The `size` bytes from `block` must have been handed out with what is said to be carried, and no thread may write them now.
pub(super) unsafe fn look(block: *const u8, size: usize, carried: Carried, seen: &Seen) -> Contents {
    let (mut copy, mut len) = ([0; LOOKED_AT], 0);
    for window in windows(carried, size) {
        for (byte, at) in copy[len..].iter_mut().zip(window) {
            // SAFETY: the caller's word. Volatile: the program may have moved padding here, of which the compiler must not think.
            *byte = unsafe { block.add(at).read_volatile() };
            len += 1;
        }
    }
    let bytes = &copy[..len];
    let size = size as u64;
    // Runs of the pattern: single bytes of it are more likely the program's.
    let untouched = if carried == Carried::Zeroes { 0 } else { untouched(bytes) };
    let share = |bytes: u64, of: u64| (u128::from(bytes) * u128::from(of) / len.max(1) as u128) as u64;
    let mut found = Contents { samples: 1, looked_at: size, ..Contents::default() };
    if carried == Carried::UpperHalf {
        // The lower half was full, or it would not have grown; what it holds is not looked at.
        found.never_written = share(untouched, size - size / 2);
        return found;
    }
    found.never_written = share(untouched, size);
    if untouched == len as u64 {
        return found;
    }
    let mut hash = 0xCBF2_9CE4_8422_2325 ^ size;
    let mut zero = true;
    for byte in bytes {
        zero &= *byte == 0;
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
    }
    if zero {
        found.zero = size;
    } else if seen.again(hash.max(1)) {
        found.duplicate = size;
    }
    found
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
    fn nothing() -> Box<Seen> {
        Box::new(Seen { hashes: [const { AtomicU64::new(0) }; SEEN] })
    }

    fn looked(bytes: &[u8], carried: Carried, seen: &Seen) -> Contents {
        // SAFETY: a slice.
        unsafe { look(bytes.as_ptr(), bytes.len(), carried, seen) }
    }

    /// A block as it is handed out, so full of what its allocator left there.
    fn handed_out(size: usize, carried: Carried) -> Vec<u8> {
        let mut block = vec![0x11; size];
        // SAFETY: a slice of that size.
        unsafe { fill(block.as_mut_ptr(), size, carried) };
        block
    }

    #[test]
    fn the_rest_of_a_buffer_that_was_not_filled_is_counted() {
        let seen = nothing();
        let mut bytes = handed_out(100, Carried::Pattern);
        bytes[..40].fill(7);
        assert_eq!(looked(&bytes, Carried::Pattern, &seen).never_written, 60);
        assert_eq!(looked(&bytes, Carried::Zeroes, &seen).never_written, 0);
    }

    #[test]
    fn windows_stand_for_what_lies_between_them() {
        let seen = nothing();
        let mut block = handed_out(1 << 20, Carried::Pattern);
        let filled: usize = block.iter().map(|byte| usize::from(*byte == PATTERN)).sum();
        assert_eq!(filled, 1024, "64 bytes of 16 pages");
        assert_eq!(looked(&block, Carried::Pattern, &seen).never_written, 1 << 20);
        // A quarter: the first four of sixteen windows.
        block[..1 << 18].fill(7);
        let found = looked(&block, Carried::Pattern, &seen);
        assert_eq!((found.looked_at, found.never_written), (1 << 20, 3 << 18));
        let (first, last) = (block[0], block[(1 << 20) - 1]);
        assert_eq!((first, last), (7, PATTERN), "the ends are looked at");
    }

    #[test]
    fn what_is_not_a_multiple_of_the_windows_is_looked_at_within_its_bounds() {
        for size in [1, 63, 1023, 1024, 1025, 1500, 4097, 70_001] {
            for carried in [Carried::Pattern, Carried::UpperHalf] {
                let ranges: Vec<_> = windows(carried, size).collect();
                assert_eq!(ranges.last().unwrap().end, size);
                assert!(ranges.windows(2).all(|pair| pair[0].end <= pair[1].start), "{size}: {ranges:?}");
            }
        }
        assert_eq!(windows(Carried::Pattern, 1 << 47).last().unwrap().end, 1 << 47);
    }

    #[test]
    fn of_a_block_that_grew_only_the_new_half_can_be_unwritten() {
        let seen = nothing();
        let mut block = handed_out(4096, Carried::UpperHalf);
        assert!(block[..2048].iter().all(|byte| *byte == 0x11), "what it held stays");
        let found = looked(&block, Carried::UpperHalf, &seen);
        assert_eq!((found.looked_at, found.never_written), (4096, 2048));
        block[2048..].fill(0);
        let found = looked(&block, Carried::UpperHalf, &seen);
        assert_eq!((found.never_written, found.zero, found.duplicate), (0, 0, 0));
    }

    #[test]
    fn zeroes_and_equal_contents_are_told() {
        let seen = nothing();
        assert_eq!(looked(&[0; 64], Carried::Pattern, &seen).zero, 64);
        assert_eq!(looked(&vec![0; 100_000], Carried::Zeroes, &seen).zero, 100_000);
        assert_eq!(looked(b"the same", Carried::Pattern, &seen).duplicate, 0);
        assert_eq!(looked(b"the same", Carried::Pattern, &seen).duplicate, 8);
        assert_eq!(looked(b"not that", Carried::Pattern, &seen).duplicate, 0);
    }
}
