//! What is counted of one operation of the allocator.

use super::{GROWN, LOOK, NOT_RAISED, REGISTRY, ThreadState};
use crate::report::Totals;
use crate::thread::Counter;
use crate::thread::interval;
use crate::thread::own;
use crate::thread::size_class::{SMALL_MAX, small_class};
use std::sync::atomic::Ordering::Relaxed;

/// What one `realloc` did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Realloc {
    /// Bytes before and after.
    pub(crate) old: u64,
    pub(crate) new: u64,
    /// Bytes that moved.
    pub(crate) copied: u64,
    /// Whether the block had grown before.
    pub(crate) goes_on: bool,
}

impl ThreadState {
    /// Counts one allocation.
    #[inline(always)]
    pub(crate) fn on_alloc(&self, size: usize) {
        self.counters.bytes.add(size as u64);
        self.counters.allocs.add(1);
    }

    /// Counts what else there is to count of one small allocation in a scope that is about to be
    /// made, before its bytes are.
    ///
    /// # Safety
    ///
    /// - As for [`on_small`](Self::on_small).
    #[inline(always)]
    pub(crate) unsafe fn on_small_ahead(&self, sizes: *mut Counter, size: usize) {
        // SAFETY: this is the thread that writes them.
        let (bytes, freed, peak) =
            unsafe { (self.counters.bytes.own(), self.counters.freed.own(), *self.peak.as_ptr()) };
        let live = bytes.wrapping_add(size as u64).wrapping_sub(freed).cast_signed();
        // PERF: not marked rare: while a program builds something, every block raises it. What a
        // failed allocation needs is read again and not kept, so that a block that does not raise
        // the peak pays nothing for it.
        if live > peak {
            let freed = self.counters.freed.get().cast_signed();
            self.raised_from.set(freed.wrapping_add(self.peak.load(Relaxed)));
            self.peak.store(live, Relaxed);
        }
        // SAFETY: the caller's word: `sizes` has a counter for each small class.
        unsafe { &*sizes.add(small_class(size)) }.add(1);
    }

    /// Takes one allocation back that was counted ahead and failed.
    pub(crate) fn take_back(&self, size: usize) {
        let sizes = self.site_sizes();
        if !sizes.is_null() && size <= SMALL_MAX {
            let (bytes, freed) = (self.counters.bytes.get(), self.counters.freed.get());
            let before = bytes.wrapping_sub(size as u64).wrapping_sub(freed).cast_signed();
            // The peak before this block, if this block raised it last. If an earlier block did,
            // the peak it found was below what was in use with it, and at least `size` bytes were
            // allocated since: the value is then below `before`, where no peak can be.
            let peak = self.raised_from.get().wrapping_sub(freed.cast_signed());
            if peak >= before {
                self.peak.store(peak, Relaxed);
                // That raise is gone too.
                self.raised_from.set(NOT_RAISED);
            }
            // SAFETY: the classes of a site's record.
            unsafe { &*sizes.add(small_class(size)) }.add(1u64.wrapping_neg());
        }
        self.counters.bytes.add((size as u64).wrapping_neg());
        self.counters.allocs.add(1u64.wrapping_neg());
    }

    /// Counts what else there is to count of one small allocation in a scope.
    ///
    /// # Safety
    ///
    /// - `sizes` must point to the size classes of a record; the size must have a small class.
    #[inline(always)]
    pub(crate) unsafe fn on_small(&self, sizes: *mut Counter, size: usize) {
        self.raise_peak();
        // SAFETY: the caller's word: `sizes` has a counter for each small class.
        unsafe { &*sizes.add(small_class(size)) }.add(1);
    }

    /// Counts one small allocation of a scope that is routed.
    ///
    /// PERF: the bytes are kept for the peak. Reading again what has just been written waits for
    /// it: with this and [`chunk_start`](Self::chunk_start) a pair of 64 bytes took 1.09 of
    /// mimalloc's time in place of 1.20, on two threads 1.25 in place of 1.34.
    ///
    /// # Safety
    ///
    /// - `sizes` must be those of a site, with [`LOOK`]; the size must have a small class.
    #[inline(always)]
    pub(crate) unsafe fn on_small_routed(&self, size: usize) {
        // SAFETY: this is the thread that writes them.
        let (bytes, freed, peak) =
            unsafe { (self.counters.bytes.own(), self.counters.freed.own(), *self.peak.as_ptr()) };
        let bytes = bytes.wrapping_add(size as u64);
        self.counters.bytes.set(bytes);
        self.counters.allocs.add(1);
        let live = bytes.wrapping_sub(freed).cast_signed();
        if live > peak {
            self.peak.store(live, Relaxed);
        }
        let sizes = self.sizes();
        debug_assert!(sizes.addr() & LOOK != 0, "a routed scope has no allocation looked at");
        // SAFETY: the caller's word: `sizes` has a counter for each small class.
        unsafe { &*sizes.wrapping_byte_sub(LOOK).add(small_class(size)) }.add(1);
    }

    /// Raises the peak to what is live.
    #[inline(always)]
    pub(crate) fn raise_peak(&self) {
        // PERF: read anew, although it was just written: else the addition takes three instructions
        // for those outside scopes too.
        let bytes = self.counters.bytes.get();
        // SAFETY: this is the thread that writes them.
        let (live, peak) = unsafe {
            (bytes.wrapping_sub(self.counters.freed.own()).cast_signed(), *self.peak.as_ptr())
        };
        if live > peak {
            self.peak.store(live, Relaxed);
        }
    }

    /// Whether frees are counted elsewhere.
    #[inline(always)]
    pub(crate) fn is_apart(&self) -> bool {
        self.slow_frees.get() == usize::MAX
    }

    /// Whether the free of a block has to take the slow path, by its address.
    #[inline(always)]
    pub(crate) fn slow_frees(&self, block: *mut u8) -> bool {
        block.addr() & self.slow_frees.get() != 0
    }

    /// Where the chunk begins that a block of the region lies in; the block itself, which is no
    /// chunk's beginning, where frees are counted elsewhere.
    #[inline(always)]
    pub(crate) fn chunk_start(&self, block: *mut u8) -> usize {
        block.addr() & self.chunk_mask.get()
    }

    /// Counts one free.
    #[inline(always)]
    pub(crate) fn on_free(&self, size: usize) {
        self.counters.freed.add(size as u64);
        self.counters.frees.add(1);
    }

    /// Counts one `realloc` that succeeded: address and size of the block before and after. What
    /// there is to tell the record of the innermost scope, if one is open.
    pub(crate) fn on_realloc(&self, from: (usize, usize), to: (usize, usize)) -> Option<Realloc> {
        let ((old_block, old), (new_block, new)) = (from, to);
        let copied = if old_block == new_block { 0 } else { old.min(new) as u64 };
        let (grown, shrunk) = (new.saturating_sub(old) as u64, old.saturating_sub(new) as u64);
        let counters = &self.counters;
        if self.is_apart() {
            let mut totals = Totals::default();
            totals.bytes = grown;
            totals.freed_bytes = shrunk;
            totals.reallocs = 1;
            totals.copied_bytes = copied;
            self.count_unready(&totals);
            return None;
        }
        counters.bytes.add(grown);
        counters.freed.add(shrunk);
        counters.reallocs.add(1);
        counters.copied.add(copied);
        if self.interval.get() > interval::EXACT {
            // What was drawn was whether a block of the new size is sampled.
            self.sample_at.set(self.sample_at.get().saturating_sub_unsigned(old.min(new) as u64));
            self.set_due();
        }
        if self.site_sizes().is_null() {
            return None;
        }
        self.raise_peak();
        Some(Realloc { old: old as u64, new: new as u64, copied, goes_on: self.goes_on(from, to) })
    }

    /// Whether the block that became `to` had grown before; remembers `to`.
    ///
    /// The size is compared too: an address may have been freed and given out anew since.
    fn goes_on(&self, from: (usize, usize), to: (usize, usize)) -> bool {
        // Blocks are 16 bytes apart at least; the multiplication spreads them over pairs of places.
        // The later of a pair stands first, so that two buffers that grow by turns are told apart
        // wherever they lie.
        let pair = |block: usize| {
            let at = ((block >> 4).wrapping_mul(0x9E37_79B1) >> 20) % (GROWN / 2);
            [&self.grown[2 * at], &self.grown[2 * at + 1]]
        };
        let [first, second] = pair(from.0);
        let known = first.get() == from || second.get() == from;
        if known {
            if first.get() == from {
                first.set(second.get());
            }
            second.set((0, 0));
        }
        let [first, second] = pair(to.0);
        second.set(first.get());
        first.set(to);
        known
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn on_alloc_unready(&self, size: usize) {
        self.count_unready(&Totals::allocated(1, size as u64));
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn on_free_unready(&self, size: usize) {
        self.count_unready(&Totals::freed(1, size as u64));
    }

    /// An operation of a thread that is new, gone or doing our own work.
    fn count_unready(&self, totals: &Totals) {
        if self.muted.get() > 0 {
            self.called_muted.set(true);
            own::add(totals);
        } else if self.is_ready() {
            self.counters.add(totals);
        } else {
            REGISTRY.orphans.add_shared(totals);
        }
    }
}
