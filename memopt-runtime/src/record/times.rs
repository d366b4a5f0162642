//! How long timed calls took: the calls that each stands for, by duration, eight ranges a doubling.

use super::pieces::seen;
use crate::thread::Counter;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering::Relaxed};

/// What is shorter than the first range, 32 ns, or longer than the last, 8 s, counts there.
const FIRST_POWER: u32 = 5;
const POWERS: usize = 28;
/// Ranges of a doubling: a median is off by an eighth at most.
const PARTS: usize = 8;
const LEN: usize = POWERS * PARTS;

/// What the timed calls of one record stand for, without its first.
///
/// Every word has one writer, the thread of the record. Zeroed memory is an empty one.
///
/// PERF: the calls of a site differ by a few doublings, so room is made for two at a time. All at
/// once, a site took 0.9 KiB a thread instead of 0.3.
#[derive(Debug)]
pub(super) struct Times([AtomicPtr<Calls>; LEN / Calls::RANGES]);

/// Calls by duration, of two doublings.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Calls([AtomicU32; Calls::RANGES]);

impl Calls {
    const RANGES: usize = 2 * PARTS;

    /// Adds calls to a range.
    pub(super) fn add(&self, range: usize, weight: u64) {
        let place = &self.0[range];
        let sum = u64::from(place.load(Relaxed)).saturating_add(weight);
        // Full at 4 billion calls of one duration on one thread: the median stays.
        place.store(u32::try_from(sum).unwrap_or(u32::MAX), Relaxed);
    }
}

impl Times {
    /// Hands out the calls of each range, and holds none of them after.
    pub(super) fn take(&self, mut into: impl FnMut(usize, u64)) {
        for (range, place) in self.counted() {
            into(range, u64::from(place.load(Relaxed)));
            place.store(0, Relaxed);
        }
    }

    /// Where the calls of a range are counted: the doublings, and the range among theirs.
    pub(super) fn place(&self, range: usize) -> (&AtomicPtr<Calls>, usize) {
        (&self.0[range / Calls::RANGES], range % Calls::RANGES)
    }

    /// The ranges that calls fell into.
    fn counted(&self) -> impl Iterator<Item = (usize, &AtomicU32)> {
        let made = self.0.iter().map(|calls| seen(calls).map_or(&[][..], |calls| &calls.0));
        let all = made.enumerate().flat_map(|(at, calls)| {
            calls.iter().enumerate().map(move |(range, place)| (at * Calls::RANGES + range, place))
        });
        all.filter(|(_, place)| place.load(Relaxed) > 0)
    }
}

/// The calls that were timed first, on each thread: what they wait for (pages that are touched
/// first, code that is read, caches that are filled) is not what a call costs.
#[derive(Debug)]
pub(super) struct First {
    pub(super) calls: Counter,
    pub(super) ns: Counter,
}

/// The range of a duration: that of its highest bits.
pub(super) fn range(ns: u64) -> usize {
    let ns = ns.max(1 << FIRST_POWER);
    let power = ns.ilog2();
    let part = (ns >> (power - PARTS.ilog2())) as usize & (PARTS - 1);
    ((power - FIRST_POWER) as usize * PARTS + part).min(LEN - 1)
}

/// The shortest duration of a range, ns.
fn shortest(range: usize) -> f64 {
    let (power, part) = (range / PARTS, range % PARTS);
    (power as f64 + f64::from(FIRST_POWER)).exp2() * (1.0 + part as f64 / PARTS as f64)
}

/// Sums over threads; empty where nothing was timed.
#[derive(Debug)]
pub(super) struct AllTimes(Vec<u64>);

impl AllTimes {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn add(&mut self, times: &Times) {
        self.0.resize(LEN, 0);
        for (range, place) in times.counted() {
            self.0[range] += u64::from(place.load(Relaxed));
        }
    }

    /// The duration that half of the calls did not reach, ns; within its range the calls are taken
    /// to lie evenly. `None` where there are none.
    pub(super) fn median_ns(&self) -> Option<f64> {
        let all: u64 = self.0.iter().sum();
        let half = all as f64 / 2.0;
        let mut below = 0;
        for (range, &calls) in self.0.iter().enumerate().filter(|(_, calls)| **calls > 0) {
            if half <= (below + calls) as f64 {
                let inside = (half - below as f64) / calls as f64;
                let (from, to) = (shortest(range), shortest(range + 1));
                return Some(from + (to - from) * inside);
            }
            below += calls;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::open::ready;
    use crate::thread::state::ThreadState;
    use std::ptr;

    fn empty() -> Times {
        assert!(ThreadState::with(ready));
        Times([const { AtomicPtr::new(ptr::null_mut()) }; LEN / Calls::RANGES])
    }

    fn median(calls: &[(u64, u64)]) -> Option<f64> {
        let times = empty();
        calls.iter().for_each(|&(ns, weight)| times.add(ns, weight));
        let mut all = AllTimes::new();
        all.add(&times);
        all.median_ns()
    }

    #[test]
    fn a_range_holds_its_durations() {
        for ns in [32, 33, 35, 36, 100, 1000, 123_456, 1 << 31, (1 << 33) - 1] {
            let range = range(ns);
            assert!(shortest(range) <= ns as f64 && (ns as f64) < shortest(range + 1), "{ns}");
        }
        assert_eq!((range(0), range(u64::MAX)), (0, LEN - 1));
    }

    #[test]
    fn the_median_is_weighted_and_not_led_by_the_slow() {
        assert_eq!(median(&[]), None);
        // A hundred calls of 1 µs, one of 1 s.
        let calls = [(1000, 100), (1_000_000_000, 1)];
        assert!((median(&calls).unwrap() - 1000.0).abs() < 150.0, "{:?}", median(&calls));
        // What was timed seldom stands for more.
        let calls = [(100, 1), (100, 1), (100, 1), (5000, 256)];
        assert!((median(&calls).unwrap() - 5000.0).abs() < 700.0, "{:?}", median(&calls));
    }

    #[test]
    fn what_moves_is_gone_where_it_was() {
        let [from, to] = [empty(), empty()];
        from.add(500, 7);
        from.add(5000, 2);
        to.add(500, 1);
        from.take(|range, calls| to.add_to(range, calls));
        let sum =
            |times: &Times| times.counted().map(|(_, place)| place.load(Relaxed)).sum::<u32>();
        assert_eq!((sum(&from), sum(&to)), (0, 10));
    }
}
