//! The head of a chunk: whose it is, how many blocks of it are in use.

use super::range;
use super::remote::Remote;
use super::size::CHUNK;
use crate::site::Site;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};

/// What a chunk is used for, in the lowest bit of its owner.
const SLAB: usize = 1;
/// With [`SLAB`]: its blocks are sampled, each behind a tag.
const SAMPLED: usize = 2;

/// What a chunk is at, as its owner sees it. 0 stands for a chunk never used or purged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum State {
    /// Nobody's.
    Free = 1,
    /// Blocks are taken from it now.
    Current,
    /// Waits in the owner's list for its blocks to be freed (arena) or for use (slab).
    Listed,
}

/// The first bytes of a chunk. The first line is its owner's, the second everybody's.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct Chunk {
    /// Address of the part of a thread it belongs to, with [`SLAB`]; 0 for nobody's. Changed only
    /// while no block is in use.
    owner: AtomicUsize,
    /// Lower half: blocks in use, those counted that others freed and the owner has not seen yet.
    /// Upper half: blocks handed out since the chunk was taken into use. Of the chunk at hand
    /// neither holds what was handed out since it came to hand; of a slab both hold only while it
    /// is listed. Only the owner writes it.
    blocks: AtomicU64,
    state: AtomicU32,
    /// Size class of a slab.
    class: AtomicU32,
    /// Number of the owner's routed call that took it into use.
    call: AtomicU32,
    /// Where the part of a slab begins that was never handed out.
    pub(super) fresh: AtomicU32,
    /// Neighbours in the owner's list.
    pub(super) before: AtomicPtr<Chunk>,
    pub(super) after: AtomicPtr<Chunk>,
    /// Of an arena the site of the scope that took it into use; of a slab the blocks freed since
    /// [`free`](Self::free) was last filled. Only the owner looks, which knows what the chunk is.
    site_or_freed: AtomicPtr<()>,
    /// Free blocks of a slab, from which blocks are taken.
    pub(super) free: AtomicPtr<u8>,
    /// Second line: what other threads write.
    remote: Remote,
}

const _: () = assert!(size_of::<Chunk>() == 128);

impl Chunk {
    /// Where its first block lies, from its start: 8 above a multiple of 16, see the module.
    pub(super) const FIRST: usize = size_of::<Self>() + 8;

    /// The chunk at a start within the range.
    pub(super) fn at(start: *mut u8) -> &'static Self {
        // SAFETY: starts of chunks within the range, which is never unmapped; a head consists of
        // atomics, for which the zeroes of fresh pages are valid.
        unsafe { &*start.cast::<Self>() }
    }

    /// The chunk an address within the range lies in.
    #[inline(always)]
    pub(super) fn of(address: usize) -> &'static Self {
        Self::at(range::chunk_start(address))
    }

    pub(super) fn address(&self) -> usize {
        ptr::from_ref(self).addr()
    }

    /// Its start, with the right to reach all of it.
    pub(super) fn start(&self) -> *mut u8 {
        range::chunk_start(self.address())
    }

    pub(super) fn end(&self) -> *mut u8 {
        self.start().wrapping_add(CHUNK)
    }

    #[inline(always)]
    pub(super) fn is_bump_of(&self, owner: *const ()) -> bool {
        self.owner.load(Relaxed) == owner.addr()
    }

    #[inline(always)]
    pub(super) fn is_slab_of(&self, owner: *const ()) -> bool {
        self.owner.load(Relaxed) == owner.addr() | SLAB
    }

    #[inline(always)]
    pub(super) fn is_slab(&self) -> bool {
        self.owner.load(Relaxed) & SLAB != 0
    }

    /// Whether it is a slab of sampled blocks.
    pub(super) fn is_sampled(&self) -> bool {
        self.owner.load(Relaxed) & SAMPLED != 0
    }

    /// Whether it is a slab of sampled blocks of a thread's.
    pub(super) fn is_sampled_of(&self, owner: *const ()) -> bool {
        self.owner.load(Relaxed) == owner.addr() | SLAB | SAMPLED
    }

    /// The class of a slab.
    #[inline(always)]
    pub(super) fn class(&self) -> usize {
        self.class.load(Relaxed) as usize
    }

    /// Whether its pages may be resident.
    pub(super) fn was_used(&self) -> bool {
        self.state.load(Relaxed) != 0
    }

    pub(super) fn is(&self, state: State) -> bool {
        self.state.load(Relaxed) == state as u32
    }

    pub(super) fn set(&self, state: State) {
        self.state.store(state as u32, Relaxed);
    }

    /// Makes a chunk that is nobody's an arena's.
    pub(super) fn own_as_bump(&self, owner: *const (), site: *const Site, call: u32) {
        self.own(owner.addr(), site, call);
    }

    /// Makes a chunk that is nobody's a slab.
    pub(super) fn own_as_slab(&self, owner: *const (), class: usize, sampled: bool) {
        self.class.store(class as u32, Relaxed);
        self.free.store(ptr::null_mut(), Relaxed);
        self.own(owner.addr() | SLAB | if sampled { SAMPLED } else { 0 }, ptr::null(), 0);
    }

    fn own(&self, owner: usize, site: *const Site, call: u32) {
        self.begin_again(site, call);
        self.remote.clear();
        self.owner.store(owner, Relaxed);
        self.set(State::Current);
    }

    /// Makes it nobody's.
    pub(super) fn disown(&self) {
        self.owner.store(0, Relaxed);
        self.set(State::Free);
    }

    /// Notes a routed call that uses the chunk, which has no block in use, from its start.
    pub(super) fn begin_again(&self, site: *const Site, call: u32) {
        self.blocks.store(0, Relaxed);
        self.call.store(call, Relaxed);
        self.site_or_freed.store(site.cast_mut().cast(), Relaxed);
    }

    /// The site of the scope that took an arena's chunk into use. Not for slabs.
    pub(super) fn site(&self) -> Option<&'static Site> {
        debug_assert!(!self.is_slab(), "a slab has no site");
        // SAFETY: of an arena null, or a `&'static Site` stored by `own` or `begin_again`.
        unsafe { self.site_or_freed.load(Relaxed).cast::<Site>().as_ref() }
    }

    /// Blocks of a slab freed since [`free`](Self::free) was last filled. Not for arenas.
    #[inline(always)]
    pub(super) fn freed(&self) -> *mut u8 {
        self.site_or_freed.load(Relaxed).cast()
    }

    /// Not for arenas.
    #[inline(always)]
    pub(super) fn set_freed(&self, block: *mut u8) {
        self.site_or_freed.store(block.cast(), Relaxed);
    }

    /// The routed call that took it into use.
    pub(super) fn call(&self) -> u32 {
        self.call.load(Relaxed)
    }

    /// Blocks in use, as far as the owner knows.
    #[inline(always)]
    pub(super) fn live(&self) -> u32 {
        self.blocks.load(Relaxed) as u32
    }

    /// Blocks handed out since it was taken into use.
    pub(super) fn given(&self) -> u32 {
        (self.blocks.load(Relaxed) >> 32) as u32
    }

    /// Blocks are handed out. Only for the owner.
    #[inline(always)]
    pub(super) fn gives(&self, blocks: u64) {
        // Both halves at once: blocks taken back before they are told of borrow from the upper
        // half, and give back here.
        self.blocks.store(
            self.blocks.load(Relaxed).wrapping_add(blocks.wrapping_mul(1 << 32 | 1)),
            Relaxed,
        );
    }

    /// So many blocks of a slab are in use, which comes into the list. Only for the owner.
    pub(super) fn has(&self, blocks: u32) {
        self.blocks.store(u64::from(blocks), Relaxed);
    }

    /// Blocks come back; how many are left. Only for the owner.
    #[inline(always)]
    pub(super) fn takes(&self, blocks: u32) -> u32 {
        let now = self.blocks.load(Relaxed).wrapping_sub(u64::from(blocks));
        self.blocks.store(now, Relaxed);
        now as u32
    }

    /// Another thread freed blocks of an arena.
    pub(super) fn freed_remotely(&self, blocks: u32) {
        self.remote.add(blocks);
    }

    /// Takes note of what others freed; how many blocks are left. Only for the owner.
    pub(super) fn settle(&self) -> u32 {
        match self.remote.take() {
            0 => self.live(),
            freed => self.takes(freed),
        }
    }

    /// What other threads freed of a slab.
    #[inline(always)]
    pub(super) fn remote(&self) -> &Remote {
        &self.remote
    }
}
