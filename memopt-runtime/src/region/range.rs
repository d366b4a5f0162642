//! The reserved range of addresses.
//!
//! Reserved once, when the first scope is routed, and never unmapped: a pointer to a chunk's head
//! can always be read.

use super::size::CHUNK;
use crate::address_space::{reserve_zeroed, room};
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// Bytes to reserve where no limit is met. Of what a limit leaves it is a tenth, and where the
/// system refuses, an eighth is tried, and so on.
const WANTED: usize = if cfg!(miri) {
    64 * CHUNK
} else if cfg!(target_pointer_width = "64") {
    (1_u64 << 36) as usize
} else {
    1 << 28
};
const LEAST: usize = 64 * CHUNK;

/// Where the range begins; while there is none, an address that no block is near.
static BASE: AtomicPtr<u8> = AtomicPtr::new(ptr::without_provenance_mut(usize::MAX / 2));
/// Bytes of the range, 0 while there is none.
static LEN: AtomicUsize = AtomicUsize::new(0);

/// Whether an address lies in the range.
///
/// Relaxed is enough: a thread that holds a block of ours got it from a thread that had reserved
/// the range, and that hand-over also publishes the two words. A thread without such a block may
/// read either word old or new, in any mixture: the first base is too far from every address for
/// either length.
#[inline(always)]
pub(super) fn holds(address: usize) -> bool {
    address.wrapping_sub(BASE.load(Ordering::Relaxed).addr()) < LEN.load(Ordering::Relaxed)
}

/// The start of the chunk an address lies in, with the right to reach all of the range.
#[inline(always)]
pub(super) fn chunk_start(address: usize) -> *mut u8 {
    // The range begins at a multiple of a chunk. PERF: without Miri one instruction instead of
    // four.
    if cfg!(miri) {
        BASE.load(Ordering::Relaxed).with_addr(address & !(CHUNK - 1))
    } else {
        ptr::with_exposed_provenance_mut(address & !(CHUNK - 1))
    }
}

/// An address in the range, with the right to reach all of it.
#[inline(always)]
pub(super) fn whole(address: usize) -> *mut u8 {
    if cfg!(miri) {
        BASE.load(Ordering::Relaxed).with_addr(address)
    } else {
        ptr::with_exposed_provenance_mut(address)
    }
}

/// Where the range begins.
pub(super) fn base() -> *mut u8 {
    BASE.load(Ordering::Relaxed)
}

/// Chunks that the range has room for.
pub(super) fn chunks() -> usize {
    LEN.load(Ordering::Relaxed) / CHUNK
}

/// Reserves the range, with whatever `beside` makes for so many chunks. To be called once; `None`
/// where the system has no room.
pub(super) fn reserve<T>(beside: impl FnOnce(usize) -> Option<T>) -> Option<T> {
    let share = room().map_or(u64::MAX, |room| room / 10);
    let mut len = WANTED.min(usize::try_from(share).unwrap_or(usize::MAX) / CHUNK * CHUNK);
    if len < LEAST {
        return None;
    }
    let start = loop {
        match reserve_zeroed(len, CHUNK) {
            Some(start) => break start,
            None if len / 8 >= LEAST => len /= 8,
            None => return None,
        }
    };
    let made = beside(len / CHUNK)?;
    start.expose_provenance();
    BASE.store(start, Ordering::Relaxed);
    // What hands a block to another thread publishes both words, see [`holds`]; Release is free.
    LEN.store(len, Ordering::Release);
    Some(made)
}

/// Gives the pages of a chunk back to the system.
///
/// # Safety
///
/// - `start` must be a chunk of the range whose bytes nobody uses.
#[cfg(all(unix, not(miri)))]
pub(super) unsafe fn purge_pages(start: *mut u8) {
    // SAFETY: the caller's word; the mapping is private and anonymous, so the pages read as zero
    // after.
    unsafe {
        libc::madvise(start.cast(), CHUNK, libc::MADV_DONTNEED);
    }
}

/// As above, without the system.
///
/// # Safety
///
/// - As above.
#[cfg(any(not(unix), miri))]
pub(super) unsafe fn purge_pages(start: *mut u8) {
    // SAFETY: the caller's word.
    unsafe { start.write_bytes(0, CHUNK) };
}
