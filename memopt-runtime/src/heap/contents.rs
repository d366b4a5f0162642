//! What a block holds when it is freed: how much was ever written, whether it is zero, whether another was equal.
//!
//! Looked at by the thread that frees it, which is the only one that may: so no reader meets a writer. What a block carried
//! when it was handed out is known, so no byte is read that was never written.

use crate::report::Contents;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a block carries when it is handed out.
pub(super) const PATTERN: u8 = 0xA5;
/// Bytes of a block looked at.
pub(super) const LOOKED_AT: usize = 1024;
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

/// Looks at a block.
///
/// # Safety
///
/// - `size` bytes from `block` must have been written, by the pattern or by zeroes at least, and no thread may write them now.
pub(super) unsafe fn look(block: *const u8, size: usize, patterned: bool, seen: &Seen) -> Contents {
    let mut copy = [0; LOOKED_AT];
    let bytes = &mut copy[..size.min(LOOKED_AT)];
    for (at, byte) in bytes.iter_mut().enumerate() {
        // SAFETY: the caller's word. Volatile: the program may have moved padding here, of which the compiler must not think.
        *byte = unsafe { block.add(at).read_volatile() };
    }
    let bytes = &*bytes;
    let looked_at = bytes.len() as u64;
    let mut found = Contents { looked_at, ..Contents::default() };
    if patterned {
        // Runs of the pattern: single bytes of it are more likely the program's.
        found.never_written = untouched(bytes);
    }
    if found.never_written == looked_at {
        return found;
    }
    let mut hash = 0xCBF2_9CE4_8422_2325 ^ looked_at;
    let mut zero = true;
    for byte in bytes {
        zero &= *byte == 0;
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
    }
    if zero {
        found.zero = looked_at;
    } else if seen.again(hash.max(1)) {
        found.duplicate = looked_at;
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

    fn nothing() -> Box<Seen> {
        Box::new(Seen { hashes: [const { AtomicU64::new(0) }; SEEN] })
    }

    fn looked(bytes: &[u8], patterned: bool, seen: &Seen) -> Contents {
        // SAFETY: a slice.
        unsafe { look(bytes.as_ptr(), bytes.len(), patterned, seen) }
    }

    #[test]
    fn the_rest_of_a_buffer_that_was_not_filled_is_counted() {
        let seen = nothing();
        let mut bytes = [PATTERN; 100];
        bytes[..40].fill(7);
        assert_eq!(looked(&bytes, true, &seen).never_written, 60);
        assert_eq!(looked(&bytes, false, &seen).never_written, 0);
    }

    #[test]
    fn zeroes_and_equal_contents_are_told() {
        let seen = nothing();
        assert_eq!(looked(&[0; 64], true, &seen).zero, 64);
        assert_eq!(looked(b"the same", false, &seen).duplicate, 0);
        assert_eq!(looked(b"the same", false, &seen).duplicate, 8);
        assert_eq!(looked(b"not that", false, &seen).duplicate, 0);
    }
}
