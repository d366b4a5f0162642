//! What was counted of one chain of scopes and stack, by some of the threads or by all.
//!
//! In exact mode each lane of threads has a call path of its own, so that two threads at work in
//! one scope write to no common word. The first of them is the **head**: it has the name, and the
//! bytes in use of all. A report adds them up.

mod figures;
mod level;

pub(super) use self::figures::Figures;

use self::figures::POWERS;
use self::level::Level;
use super::sums::{PARTS, Read, Sums, Weight};
use super::tag::Noted;
use super::total::Total;
use super::usable;
use crate::report::Contents;
use crate::site::Site;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

/// Scopes kept of a chain, the innermost first.
pub(super) const SCOPES: usize = 24;
/// Return addresses kept of a stack, the innermost first.
pub(super) const FRAMES: usize = 48;

/// What blocks of one chain of scopes and stack were counted to. Any thread adds to it. Zeroed
/// memory is an empty one.
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct CallPath {
    allocated: Sums,
    freed: Sums,
    /// The number of the head plus one; 0 for a head.
    head: AtomicU32,
    /// Of a head: the number of the lane that counts to it plus one, and whether others count to
    /// call paths of their own.
    lane: AtomicU32,
    is_split: AtomicU32,
    /// 1 from when `scopes` and `frames` are written, which only those of a head are.
    named: AtomicU32,
    /// What was in use at the last peak of the process before the last change here, and the number
    /// of that peak.
    at_peak: [AtomicU64; 4],
    peak_number: AtomicU64,
    /// What a sample that stands for more than itself stands for at most, bytes.
    largest_weight: AtomicU64,
    /// What was told to the head's level, once it is split.
    told: AtomicU64,
    /// Bytes that blocks take up beyond those asked for, with all the blocks they stand for.
    waste: AtomicU64,
    waste_freed: AtomicU64,
    /// Freed blocks whose lifetime is known, with those they stand for: their lifetimes' sum (ns,
    /// an `f64`'s bits), and how many of them by power of two, in 1024ths.
    lifetimes_ns: AtomicU64,
    powers: [AtomicU64; POWERS],
    contents: [AtomicU64; 5],
    level: Level,
    scopes: [AtomicPtr<Site>; SCOPES],
    frames: [AtomicU64; FRAMES],
}

impl CallPath {
    /// Says what it stands for, once.
    pub(super) fn name(&self, scopes: &[*const Site], frames: &[usize]) {
        for (place, site) in self.scopes.iter().zip(scopes) {
            place.store(site.cast_mut(), Relaxed);
        }
        for (place, frame) in self.frames.iter().zip(frames) {
            place.store(*frame as u64, Relaxed);
        }
        // Pairs with the Acquire in `is_named`.
        self.named.store(1, Ordering::Release);
    }

    pub(super) fn is_named(&self) -> bool {
        self.named.load(Ordering::Acquire) != 0
    }

    /// The sites of its chain, the outermost first.
    pub(super) fn scopes(&self) -> impl Iterator<Item = &'static Site> {
        // SAFETY: null, or a `&'static Site` stored by `name`.
        self.scopes.iter().rev().filter_map(|site| unsafe { site.load(Relaxed).as_ref() })
    }

    /// The innermost site.
    pub(super) fn site(&self) -> Option<&'static Site> {
        // SAFETY: as above.
        unsafe { self.scopes[0].load(Relaxed).as_ref() }
    }

    /// The return addresses, the innermost first.
    pub(super) fn frames(&self) -> impl Iterator<Item = u64> {
        self.frames.iter().map(|frame| frame.load(Relaxed)).take_while(|frame| *frame != 0)
    }

    /// Makes it the call path of a lane beside the head.
    pub(super) fn join(&self, head: &Self, number: u32) {
        if self.head.load(Relaxed) == 0 {
            head.is_split.store(1, Relaxed);
            head.tell(head);
            self.head.store(number + 1, Relaxed);
        }
    }

    /// The number of its head; `None` for a head.
    pub(super) fn head(&self) -> Option<u32> {
        self.head.load(Relaxed).checked_sub(1)
    }

    /// Whether the lane counts to this head itself: that of the first who asks does.
    pub(super) fn is_of(&self, lane: u32) -> bool {
        let of = self.lane.load(Relaxed);
        let first = || self.lane.compare_exchange(0, lane + 1, Relaxed, Relaxed);
        of == lane + 1 || of == 0 && first().map_or_else(|now| now == lane + 1, |_| true)
    }

    /// A block came, on a thread of a lane.
    pub(super) fn allocated(&self, noted: &Noted, head: &Self, total: &Total, lane: u32) {
        self.before_change(total);
        let weight = noted.weight();
        self.allocated.add(&weight);
        let waste = waste(noted);
        if waste > 0 {
            self.waste.fetch_add(waste, Relaxed);
        }
        if weight.bytes > noted.size {
            self.largest_weight.fetch_max(weight.bytes, Relaxed);
        }
        if head.is_split.load(Relaxed) == 0 {
            head.level.reached(self.live_bytes());
        } else {
            self.tell_in_time(head);
        }
        total.came(lane, weight.bytes, noted.born_ns);
    }

    /// A block went, which stood for `weight`, on a thread of a lane.
    pub(super) fn freed(
        &self,
        noted: &Noted,
        weight: &Weight,
        now_ns: u64,
        head: &Self,
        total: &Total,
        lane: u32,
    ) {
        self.before_change(total);
        self.freed.add(weight);
        let waste = waste(noted);
        if waste > 0 {
            self.waste_freed.fetch_add(waste, Relaxed);
        }
        if head.is_split.load(Relaxed) != 0 {
            self.tell_in_time(head);
        }
        total.went(lane, weight.bytes);
        if noted.born_ns != 0 && now_ns != 0 {
            let ns = now_ns.saturating_sub(noted.born_ns);
            let parts = PARTS + noted.timed_weight().more_blocks;
            let more = ns as f64 * parts as f64 / PARTS as f64;
            let added = |sum: u64| (f64::from_bits(sum) + more).to_bits();
            let _ = self.lifetimes_ns.fetch_update(Relaxed, Relaxed, |sum| Some(added(sum)));
            let power = (64 - ns.leading_zeros()).saturating_sub(1) as usize;
            self.powers[power.min(self.powers.len() - 1)].fetch_add(parts, Relaxed);
        }
    }

    /// Tells the head what is in use, where that is far from what it was told last.
    fn tell_in_time(&self, head: &Self) {
        let untold = self.live_bytes().wrapping_sub(self.told.load(Relaxed)).cast_signed();
        if untold.unsigned_abs() >= Level::SHARE {
            self.tell(head);
        }
    }

    /// Tells the head what is in use.
    fn tell(&self, head: &Self) {
        let live = self.live_bytes();
        head.level.add(live.wrapping_sub(self.told.swap(live, Relaxed)));
    }

    fn live_bytes(&self) -> u64 {
        self.allocated.bytes().wrapping_sub(self.freed.bytes())
    }

    /// What was found in a block of `size` bytes, which stood for `weight`.
    pub(super) fn looked_at(&self, found: &Contents, size: u64, weight: &Weight) {
        let stands_for = weight.bytes as f64 / size.max(1) as f64;
        let scaled = |bytes: u64| (bytes as f64 * stands_for).round() as u64;
        let [looked_at, never_written, zero, duplicate] =
            [found.looked_at, found.never_written, found.zero, found.duplicate].map(scaled);
        let values = [looked_at, never_written, zero, duplicate, found.samples];
        for (sum, value) in self.contents.iter().zip(values) {
            sum.fetch_add(value, Relaxed);
        }
    }

    /// Keeps what was in use at the process's last peak, if nothing changed here since.
    ///
    /// A call path that did not change since the peak holds now what it held then: so the snapshot
    /// at the peak costs nothing when the peak moves, and one comparison when something changes.
    /// Two threads that change a call path in the moment of a peak may put one block on the wrong
    /// side.
    fn before_change(&self, total: &Total) {
        let number = total.peak_number();
        if self.peak_number.load(Relaxed) != number {
            let live = self.live();
            let values = [live.samples, live.bytes, live.more_blocks, live.variance];
            for (place, value) in self.at_peak.iter().zip(values) {
                place.store(value, Relaxed);
            }
            self.peak_number.store(number, Relaxed);
        }
    }

    fn live(&self) -> Read {
        // The freed first: a block that comes and goes meanwhile is not missing then.
        let freed = self.freed.read();
        self.allocated.read().less(&freed)
    }

    /// What was counted here, for the head's sum of all.
    pub(super) fn figures(&self, total: &Total) -> Figures {
        let at_peak = if self.peak_number.load(Relaxed) == total.peak_number() {
            let [samples, bytes, more_blocks, variance] =
                self.at_peak.each_ref().map(|value| value.load(Relaxed));
            Read { samples, bytes, more_blocks, variance }
        } else {
            self.live()
        };
        let waste_freed = self.waste_freed.load(Relaxed);
        Figures {
            waste: self.waste.load(Relaxed).saturating_sub(waste_freed),
            live: self.live(),
            allocated: self.allocated.read(),
            at_peak,
            peak: self.level.peak(),
            largest_weight: self.largest_weight.load(Relaxed),
            lifetimes_ns: f64::from_bits(self.lifetimes_ns.load(Relaxed)),
            powers: self.powers.each_ref().map(|parts| parts.load(Relaxed)),
            contents: self.contents.each_ref().map(|value| value.load(Relaxed)),
        }
    }
}

/// What a block takes up beyond the bytes asked for, times the blocks it stands for. In exact mode
/// those whose lifetime is noted stand for the others.
fn waste(noted: &Noted) -> u64 {
    if noted.born_ns == 0 {
        return 0;
    }
    let own = usable::bytes(noted.size).saturating_sub(noted.size);
    let weight = noted.timed_weight();
    (own as f64 * weight.bytes as f64 / noted.size.max(1) as f64).round() as u64
}
