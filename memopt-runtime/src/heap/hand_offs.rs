//! Which site and thread freed what which site and thread had allocated.

use super::sums::{Sums, Weight};
use crate::report::Estimate;
use crate::site::Site;
use std::ptr;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicPtr, AtomicU32};

/// Pairs kept; further ones are counted together.
const LEN: usize = 1024;
/// Places looked at.
const REACH: usize = 16;

/// A table of pairs. Zeroed memory is an empty one.
#[derive(Debug)]
pub(super) struct HandOffs {
    pairs: [Pair; LEN],
    /// What found no pair of its own.
    lost: Sums,
}

#[derive(Debug)]
#[repr(C, align(64))]
struct Pair {
    /// 0 for a free place, 1 while it is being taken, 2 from when the names stand.
    state: AtomicU32,
    /// Threads: the one that allocated in the upper half.
    threads: AtomicU32,
    from: AtomicPtr<Site>,
    to: AtomicPtr<Site>,
    freed: Sums,
}

/// Who, to whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) from: Option<&'static Site>,
    pub(super) to: Option<&'static Site>,
    pub(super) from_thread: u16,
    pub(super) to_thread: u16,
}

impl Way {
    fn threads(&self) -> u32 {
        u32::from(self.from_thread) << 16 | u32::from(self.to_thread)
    }

    fn start(&self) -> usize {
        let sites = address(self.from).addr() ^ address(self.to).addr().rotate_left(23);
        let mixed = (sites as u64 ^ u64::from(self.threads())).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> 40) as usize % LEN
    }
}

impl HandOffs {
    /// A block went this way.
    pub(super) fn add(&self, way: &Way, weight: &Weight) {
        for step in 0..REACH {
            let pair = &self.pairs[(way.start() + step) % LEN];
            if pair.is(way) {
                pair.freed.add(weight);
                return;
            }
        }
        self.lost.add(weight);
    }

    /// What went ways that found no room.
    pub(super) fn lost(&self) -> Estimate {
        estimate(&self.lost)
    }

    /// Every pair.
    pub(super) fn each(&self, mut see: impl FnMut(Way, Estimate)) {
        for pair in self.pairs.iter().filter(|pair| pair.state.load(Acquire) == 2) {
            let threads = pair.threads.load(Relaxed);
            // SAFETY: null, or a `&'static Site` stored by `is`.
            let (from, to) =
                unsafe { (pair.from.load(Relaxed).as_ref(), pair.to.load(Relaxed).as_ref()) };
            let way =
                Way { from, to, from_thread: (threads >> 16) as u16, to_thread: threads as u16 };
            see(way, estimate(&pair.freed));
        }
    }
}

impl Pair {
    /// Whether it is that of `way`, taking the place if it is free.
    fn is(&self, way: &Way) -> bool {
        if self.state.load(Acquire) == 0
            && self.state.compare_exchange(0, 1, AcqRel, Relaxed).is_ok()
        {
            self.threads.store(way.threads(), Relaxed);
            self.from.store(address(way.from).cast_mut(), Relaxed);
            self.to.store(address(way.to).cast_mut(), Relaxed);
            // Pairs with the Acquire loads.
            self.state.store(2, Release);
        }
        // A place that is being taken is passed by: two places of one way are added up by who
        // reads.
        self.state.load(Acquire) == 2
            && self.threads.load(Relaxed) == way.threads()
            && ptr::eq(self.from.load(Relaxed), address(way.from))
            && ptr::eq(self.to.load(Relaxed), address(way.to))
    }
}

fn estimate(sums: &Sums) -> Estimate {
    let freed = sums.read();
    // The mean weight, of which large blocks that stand for themselves have no part: the largest is
    // not kept here.
    let mean = freed.bytes / freed.samples.max(1);
    freed.estimate(mean.min(freed.deviation()))
}

fn address(site: Option<&'static Site>) -> *const Site {
    site.map_or(ptr::null(), ptr::from_ref)
}
