//! The chunks of the range: given out and taken back.
//!
//! Their pages become resident when they are touched and go when a chunk that nobody needs is
//! purged.

use super::chunk::Chunk;
use super::range;
use super::size::CHUNK;
use super::stack::Stack;
use crate::address_space::reserve_zeroed;
use crate::sync::AtomicU32;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of free chunks that stay resident for whoever needs them next.
const KEPT: usize = 32 << 20;

/// Chunks given out at least once.
static FRONTIER: AtomicUsize = AtomicUsize::new(0);
/// Chunks given back, and those of them that are resident.
static FREE: Stack = Stack::new();
static RESIDENT: AtomicUsize = AtomicUsize::new(0);
static LINKS: OnceLock<Option<&'static [AtomicU32]>> = OnceLock::new();

/// Reserves the range, once; whether there is one.
pub(super) fn reserve() -> bool {
    LINKS.get_or_init(reserve_now).is_some()
}

/// Whether there is a range.
pub(super) fn is_reserved() -> bool {
    links().is_some()
}

fn reserve_now() -> Option<&'static [AtomicU32]> {
    range::reserve(|chunks| {
        let links = reserve_zeroed(chunks * size_of::<AtomicU32>(), align_of::<AtomicU32>())?;
        // SAFETY: zeroed memory of that size, never unmapped; zero is a valid link.
        Some(unsafe { std::slice::from_raw_parts(links.cast::<AtomicU32>(), chunks) })
    })
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
    let chunks = range::chunks();
    let next = |number: usize| (number < chunks).then_some(number + 1);
    FRONTIER.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok()
}

fn at(number: usize) -> &'static Chunk {
    Chunk::at(range::base().wrapping_add(number * CHUNK))
}

/// Takes a chunk back that has no block in use.
pub(super) fn give(chunk: &'static Chunk) {
    let Some(links) = links() else { return };
    chunk.disown();
    if RESIDENT.fetch_add(1, Ordering::Relaxed) * CHUNK >= KEPT {
        RESIDENT.fetch_sub(1, Ordering::Relaxed);
        purge_one(chunk);
    }
    let number = (chunk.address() - range::base().addr()) / CHUNK;
    FREE.push(links, number as u32);
}

/// Gives the pages of a chunk back to the system; its head is zero after.
fn purge_one(chunk: &'static Chunk) {
    // SAFETY: the chunk is nobody's, so its bytes are not in use.
    unsafe { range::purge_pages(chunk.start()) };
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
