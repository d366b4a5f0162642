//! What is kept of a block that is sampled.

use super::sums::Weight;
use crate::region;
use crate::thread::interval;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What was noted of a block at its allocation: its header where it is one of ours, an entry of a
/// table where it is not.
///
/// All words are atomics because a reader looks for blocks in use while threads work; it may see a
/// block half gone, which `what` tells it, as it is written last and cleared first.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Tag {
    /// Nanoseconds of the process, 0 for not noted. (A free block of ours keeps its link here.)
    born_ns: AtomicU64,
    /// The call path's number plus one, and the number of the recording in the upper half; 0 for a
    /// block not in use.
    what: AtomicU64,
    /// Bytes asked for, and the number of the thread in the upper 16 bits.
    size: AtomicU64,
    /// The interval it was sampled with; the two top bits tell what the block carried when it was
    /// handed out.
    interval: AtomicU64,
}

// The region keeps so many bytes in front of a sampled block, zero in a slot that was never handed
// out.
const _: () = assert!(Tag::SIZE == region::HEADER);

const PATTERNED: u64 = 1 << 63;
const ZEROED: u64 = 1 << 62;
/// Both of them: a block that grew, patterned from its middle on.
const GROWN: u64 = PATTERNED | ZEROED;

/// What a block carried when it was handed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Carried {
    /// Nobody knows.
    #[default]
    Anything,
    /// The pattern.
    Pattern,
    /// Zeroes.
    Zeroes,
    /// The pattern from the middle on; below it what a block of half the size or less held before
    /// it grew.
    UpperHalf,
}

/// In exact mode one small block in so many, drawn by chance, has its lifetime noted: two readings
/// of the clock cost more than all the rest.
const TIMED: u64 = 16;

/// Blocks of so many bytes and more all have, as a few of them may be most of what there is. To
/// make one costs the program more than the clock does.
const ALL_TIMED: u64 = 16 << 10;

/// Whether a block has its lifetime noted, by its size and a number by chance.
pub(super) fn is_timed(size: u64, interval: u64, random: u32) -> bool {
    interval > interval::EXACT || size >= ALL_TIMED || random < u32::MAX / TIMED as u32
}

/// A tag's values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Noted {
    pub(super) call_path: u32,
    pub(super) recording: u32,
    pub(super) born_ns: u64,
    pub(super) size: u64,
    pub(super) thread: u16,
    pub(super) interval: u64,
    pub(super) carried: Carried,
}

impl Tag {
    /// Bytes of it.
    pub(crate) const SIZE: usize = size_of::<Self>();

    pub(super) fn write(&self, noted: &Noted) {
        let bits = match noted.carried {
            Carried::Anything => 0,
            Carried::Pattern => PATTERNED,
            Carried::Zeroes => ZEROED,
            Carried::UpperHalf => GROWN,
        };
        self.born_ns.store(noted.born_ns, Relaxed);
        self.size.store(noted.size | u64::from(noted.thread) << 48, Relaxed);
        self.interval.store(noted.interval | bits, Relaxed);
        self.what.store(u64::from(noted.call_path + 1) | u64::from(noted.recording) << 32, Relaxed);
    }

    /// What was noted; `None` for a block not in use.
    pub(super) fn read(&self) -> Option<Noted> {
        let what = self.what.load(Relaxed);
        let call_path = (what as u32).checked_sub(1)?;
        let (size, interval) = (self.size.load(Relaxed), self.interval.load(Relaxed));
        Some(Noted {
            call_path,
            recording: (what >> 32) as u32,
            born_ns: self.born_ns.load(Relaxed),
            size: size & ((1 << 48) - 1),
            thread: (size >> 48) as u16,
            interval: interval & !GROWN,
            carried: match interval & GROWN {
                GROWN => Carried::UpperHalf,
                PATTERNED => Carried::Pattern,
                ZEROED => Carried::Zeroes,
                _ => Carried::Anything,
            },
        })
    }

    /// What was noted of a block that is no longer in use from here on.
    pub(super) fn take(&self) -> Option<Noted> {
        let noted = self.read();
        self.clear();
        noted
    }

    /// The block is not in use.
    pub(crate) fn clear(&self) {
        self.what.store(0, Relaxed);
    }
}

impl Noted {
    /// What the block stands for.
    pub(super) fn weight(&self) -> Weight {
        Weight::of(self.size, self.interval)
    }

    /// What a block whose lifetime is noted stands for among those whose lifetime could be.
    pub(super) fn timed_weight(&self) -> Weight {
        if self.interval <= interval::EXACT && self.size < ALL_TIMED {
            Weight::by_chance(self.size, 1.0 / TIMED as f64)
        } else {
            self.weight()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_exact_mode_a_large_block_is_always_noted_and_stands_for_itself() {
        let noted = |size| Noted { size, interval: interval::EXACT, ..Noted::default() };
        for (size, always) in [(64, false), (ALL_TIMED - 1, false), (ALL_TIMED, true)] {
            assert_eq!(is_timed(size, interval::EXACT, u32::MAX), always, "{size}");
            let stands_for = if always { size } else { TIMED * size };
            assert_eq!(noted(size).timed_weight().bytes, stands_for);
            assert_eq!(noted(size).timed_weight().variance == 0, always, "{size}");
        }
    }

    #[test]
    fn a_tag_gives_back_what_it_was_given() {
        let tag = Tag {
            born_ns: AtomicU64::new(7),
            what: AtomicU64::new(0),
            size: AtomicU64::new(0),
            interval: AtomicU64::new(0),
        };
        assert_eq!(tag.read(), None);
        for carried in [Carried::Anything, Carried::Pattern, Carried::Zeroes, Carried::UpperHalf] {
            tag.write(&Noted { carried, ..Noted::default() });
            assert_eq!(tag.take().map(|noted| noted.carried), Some(carried));
        }
        let noted = Noted {
            call_path: 0,
            recording: 9,
            born_ns: 1_000,
            size: 77,
            thread: 513,
            interval: 1 << 19,
            carried: Carried::Pattern,
        };
        tag.write(&noted);
        assert_eq!(tag.read(), Some(noted));
        assert_eq!(tag.take(), Some(noted));
        assert_eq!(tag.take(), None);
    }
}
