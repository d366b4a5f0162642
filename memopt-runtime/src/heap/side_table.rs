//! Blocks that are sampled where the inner allocator put them: large ones, and those with an
//! alignment above ours.
//!
//! An open hash table by address, in buckets of eight. An address belongs to one thread at a time,
//! so entries are added and taken out by whoever has the block, without a lock; a bucket that was
//! full notes how many of its own lie further on.

use super::tag::{Noted, Tag};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};

/// Buckets; one has the entries of two cache lines and more.
const BUCKETS: usize = if cfg!(miri) { 1 << 4 } else { 1 << 14 };
const WIDTH: usize = 8;
/// Buckets looked at for room.
const REACH: usize = 16;

/// The table. Zeroed memory is an empty one.
#[derive(Debug)]
pub(super) struct SideTable {
    buckets: [Bucket; BUCKETS],
    len: AtomicUsize,
}

#[derive(Debug)]
struct Bucket {
    /// Address of each block; 0 for none.
    keys: [AtomicUsize; WIDTH],
    tags: [Tag; WIDTH],
    /// Entries that belong here and lie in a later bucket.
    further: AtomicU32,
}

impl SideTable {
    /// Notes a block; whether there was room.
    pub(super) fn put(&self, address: usize, noted: &Noted) -> bool {
        let home = home(address);
        for step in 0..REACH {
            let bucket = &self.buckets[(home + step) % BUCKETS];
            for (key, tag) in bucket.keys.iter().zip(&bucket.tags) {
                if key.load(Relaxed) == 0
                    && key.compare_exchange(0, address, Relaxed, Relaxed).is_ok()
                {
                    tag.write(noted);
                    if step > 0 {
                        self.buckets[home].further.fetch_add(1, Relaxed);
                    }
                    self.len.fetch_add(1, Relaxed);
                    return true;
                }
            }
        }
        false
    }

    /// Takes a block out; `None` where it is not sampled.
    pub(super) fn take(&self, address: usize) -> Option<Noted> {
        if self.len.load(Relaxed) == 0 {
            return None;
        }
        let home = home(address);
        for step in 0..REACH {
            let bucket = &self.buckets[(home + step) % BUCKETS];
            for (key, tag) in bucket.keys.iter().zip(&bucket.tags) {
                if key.load(Relaxed) == address {
                    let noted = tag.take();
                    key.store(0, Relaxed);
                    if step > 0 {
                        self.buckets[home].further.fetch_sub(1, Relaxed);
                    }
                    self.len.fetch_sub(1, Relaxed);
                    return noted;
                }
            }
            if step == 0 && bucket.further.load(Relaxed) == 0 {
                return None;
            }
        }
        None
    }

    /// Every block in it.
    pub(super) fn each(&self, mut see: impl FnMut(&Noted)) {
        // The keys first: tags that were never written are not read.
        let entries = self.buckets.iter().flat_map(|bucket| bucket.keys.iter().zip(&bucket.tags));
        let used = entries.filter(|(key, _)| key.load(Relaxed) != 0);
        used.filter_map(|(_, tag)| tag.read()).for_each(|noted| see(&noted));
    }

    /// Bytes of it that entries touch.
    pub(super) fn bytes(&self) -> u64 {
        let touched =
            self.buckets.iter().filter(|bucket| bucket.keys[0].load(Relaxed) != 0).count();
        (touched * size_of::<Bucket>()) as u64
    }
}

/// The bucket of an address.
fn home(address: usize) -> usize {
    // Blocks are 16 bytes apart at least; Fibonacci hashing (Knuth 6.4) spreads them.
    ((address as u64 >> 4).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize % BUCKETS
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::alloc::{Layout, alloc_zeroed, handle_alloc_error};

    fn empty() -> Box<SideTable> {
        let layout = Layout::new::<SideTable>();
        // SAFETY: the layout has a size, and zeroes are an empty table.
        unsafe {
            let place = alloc_zeroed(layout);
            if place.is_null() {
                handle_alloc_error(layout);
            }
            Box::from_raw(place.cast())
        }
    }

    fn block(size: u64) -> Noted {
        Noted { size, ..Noted::default() }
    }

    #[test]
    fn what_was_put_is_found_once() {
        let table = empty();
        assert!(table.put(0x1000, &block(1)));
        assert_eq!(table.take(0x2000), None);
        assert_eq!(table.take(0x1000), Some(block(1)));
        assert_eq!(table.take(0x1000), None);
    }

    #[test]
    fn a_bucket_that_is_full_is_continued_in_the_next_and_a_table_that_is_full_says_so() {
        let table = empty();
        let wanted = home(0x1000);
        let same: Vec<usize> =
            (1..).map(|n| n * 16).filter(|at| home(*at) == wanted).take(200).collect();
        let put: Vec<usize> =
            same.iter().copied().filter(|at| table.put(*at, &block(*at as u64))).collect();
        assert_eq!(put, same[..WIDTH * REACH]);
        let mut seen = 0;
        table.each(|_| seen += 1);
        assert_eq!(seen, WIDTH * REACH);
        for at in same.iter().rev() {
            assert_eq!(table.take(*at).is_some(), put.contains(at));
        }
        assert!(table.put(same[199], &block(0)), "there is room again");
    }
}
