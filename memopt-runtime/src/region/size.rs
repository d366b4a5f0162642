//! Sizes: of chunks, and of the blocks in them.

pub(super) use crate::thread::route::CHUNK;

/// Bytes of a chunk, for reports.
pub(crate) const CHUNK_BYTES: u64 = CHUNK as u64;

/// Blocks of an arena above go to the inner allocator. Bytes.
pub(super) const LARGEST: usize = CHUNK / 4;

/// What every block's size is rounded up to.
pub(super) const GRAIN: usize = 16;

/// Largest block with a class. Bytes: room for a sampled block of 1 KiB less a byte behind its tag.
const LARGEST_OF_SLAB: usize = 1056;

/// Classes of slabs, of 16 bytes each.
pub(super) const CLASSES: usize = LARGEST_OF_SLAB / GRAIN + 1;

/// Bytes in front of a sampled block, which are zero in a slot that was never handed out.
pub(crate) const HEADER: usize = 32;

/// Room a block takes.
#[inline(always)]
pub(super) const fn rounded(size: usize) -> usize {
    (size + GRAIN - 1) & !(GRAIN - 1)
}

/// The class of a size, if it has one.
#[inline(always)]
pub(super) fn class_of(size: usize) -> Option<usize> {
    (size <= LARGEST_OF_SLAB).then(|| rounded(size) / GRAIN)
}
