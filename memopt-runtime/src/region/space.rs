//! The reserved range of addresses, and the chunks in it.
//!
//! Reserved once, when the first scope is routed, and never unmapped: a pointer to a chunk's head can always be sampled.
//! Pages become resident when they are touched and go when a chunk that nobody needs is purged.

use super::chunk::Chunk;
use super::stack::Stack;
use crate::address_space::reserve_zeroed;
use crate::sync::AtomicU32;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// Bytes of a chunk, and its alignment.
pub(super) const CHUNK: usize = 1 << 16;

/// Bytes to reserve; where the system refuses, an eighth is tried, and so on.
const WANTED: usize = if cfg!(miri) { 64 * CHUNK } else { 1 << 36 };
const LEAST: usize = 64 * CHUNK;

/// Bytes of free chunks that stay resident for whoever needs them next.
const KEPT: usize = 32 << 20;

/// Where the range begins; while there is none, an address that no block is near.
static BASE: AtomicPtr<u8> = AtomicPtr::new(ptr::without_provenance_mut(usize::MAX / 2));
/// Bytes of the range, 0 while there is none.
static LEN: AtomicUsize = AtomicUsize::new(0);
/// Chunks given out at least once.
static FRONTIER: AtomicUsize = AtomicUsize::new(0);
/// Chunks given back, and those of them that are resident.
static FREE: Stack = Stack::new();
static RESIDENT: AtomicUsize = AtomicUsize::new(0);
static LINKS: OnceLock<Option<&'static [AtomicU32]>> = OnceLock::new();

/// Whether an address lies in the range.
///
/// Relaxed is enough: whoever holds a block of ours got it from a thread that had reserved the range, by a way that also
/// shows it the two words. Read without such a way they are those of no range, or of the range, in any mixture: the
/// first base is too far from every address for either length.
#[inline(always)]
pub(super) fn holds(address: usize) -> bool {
    address.wrapping_sub(BASE.load(Ordering::Relaxed).addr()) < LEN.load(Ordering::Relaxed)
}

/// The start of the chunk an address lies in, with the right to reach all of the range.
#[inline(always)]
pub(super) fn chunk_start(address: usize) -> *mut u8 {
    // The range begins at a multiple of a chunk. PERF: without Miri one instruction instead of four.
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

/// Reserves the range, once; whether there is one.
pub(super) fn reserve() -> bool {
    LINKS.get_or_init(reserve_now).is_some()
}

/// Whether there is a range.
pub(super) fn is_reserved() -> bool {
    links().is_some()
}

fn reserve_now() -> Option<&'static [AtomicU32]> {
    let mut len = WANTED;
    let base = loop {
        match reserve_zeroed(len, CHUNK) {
            Some(base) => break base,
            None if len / 8 >= LEAST => len /= 8,
            None => return None,
        }
    };
    let count = len / CHUNK;
    let links = reserve_zeroed(count * size_of::<AtomicU32>(), align_of::<AtomicU32>())?;
    base.expose_provenance();
    BASE.store(base, Ordering::Relaxed);
    // Release: a thread that sees the length by whatever way sees the base.
    LEN.store(len, Ordering::Release);
    // SAFETY: zeroed memory of that size, never unmapped; zero is a valid link.
    Some(unsafe { std::slice::from_raw_parts(links.cast::<AtomicU32>(), count) })
}

fn links() -> Option<&'static [AtomicU32]> {
    LINKS.get().copied().flatten()
}

/// A chunk that nobody has, its head whatever it was; `None` where the range is used up.
pub(super) fn take() -> Option<&'static Chunk> {
    let links = links()?;
    let number = FREE.pop(links).map_or_else(fresh, |n| Some(n as usize))?;
    let chunk = at(number);
    if chunk.was_used() {
        RESIDENT.fetch_sub(1, Ordering::Relaxed);
    }
    Some(chunk)
}

/// The next chunk that was never given out.
fn fresh() -> Option<usize> {
    let chunks = LEN.load(Ordering::Relaxed) / CHUNK;
    let next = |number: usize| (number < chunks).then_some(number + 1);
    FRONTIER.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok()
}

fn at(number: usize) -> &'static Chunk {
    Chunk::at(BASE.load(Ordering::Relaxed).wrapping_add(number * CHUNK))
}

/// Takes a chunk back that has no block in use.
pub(super) fn give(chunk: &'static Chunk) {
    let Some(links) = links() else { return };
    chunk.disown();
    if RESIDENT.fetch_add(1, Ordering::Relaxed) * CHUNK >= KEPT {
        RESIDENT.fetch_sub(1, Ordering::Relaxed);
        purge_one(chunk);
    }
    let number = (chunk.address() - BASE.load(Ordering::Relaxed).addr()) / CHUNK;
    FREE.push(links, number as u32);
}

/// Gives the pages of a chunk back to the system; its head is zero after.
fn purge_one(chunk: &'static Chunk) {
    // SAFETY: the chunk is nobody's, so its bytes are not in use.
    unsafe { purge_pages(chunk_start(chunk.address())) };
}

/// Gives the pages of all free chunks back; bytes that were resident. Allocates nothing.
pub(super) fn purge() -> usize {
    let Some(links) = links() else { return 0 };
    // What is taken is ours, its link too: they make a list of the chunks to put back.
    let (mut list, mut bytes) = (0, 0);
    while let Some(number) = FREE.pop(links) {
        let chunk = at(number as usize);
        if chunk.was_used() {
            RESIDENT.fetch_sub(1, Ordering::Relaxed);
            purge_one(chunk);
            bytes += CHUNK;
        }
        links[number as usize].store(list, Ordering::Relaxed);
        list = number + 1;
    }
    while let Some(number) = list.checked_sub(1) {
        list = links[number as usize].load(Ordering::Relaxed);
        FREE.push(links, number);
    }
    bytes
}

/// Every chunk that was ever given out.
pub(super) fn each(see: impl FnMut(&'static Chunk)) {
    (0..FRONTIER.load(Ordering::Relaxed)).map(at).for_each(see);
}

/// Bytes of free chunks that are resident.
pub(super) fn resident_free() -> usize {
    RESIDENT.load(Ordering::Relaxed) * CHUNK
}

/// Gives the pages of a chunk back to the system.
///
/// # Safety
///
/// - `start` must be a chunk of the range whose bytes nobody uses.
#[cfg(all(unix, not(miri)))]
unsafe fn purge_pages(start: *mut u8) {
    // SAFETY: the caller's word; the mapping is private and anonymous, so the pages read as zero after.
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
unsafe fn purge_pages(start: *mut u8) {
    // SAFETY: the caller's word.
    unsafe { start.write_bytes(0, CHUNK) };
}
