//! What is kept on disk for how long, and how many bytes of it.

use crate::clock::{Stamp, Steady};
use crate::history::tier::Tier;
use crate::history::window::Span;
use std::time::Duration;

/// Below this a file is mostly what it takes empty, and says nothing of the cost of a byte in it.
const TELLING: u64 = 1 << 20;
/// Blocks are taken out before the file reaches its limit.
const MARGIN: f64 = 0.95;

/// Judges what is to go.
#[derive(Debug)]
pub(super) struct Retention {
    ages: [Duration; 3],
    cap: u64,
    /// Bytes of file that a byte of blocks takes.
    ratio: f64,
    file_bytes: u64,
    steady: Steady,
}

impl Retention {
    pub(super) fn new(ages: [Duration; 3], cap: u64) -> Self {
        Self { ages, cap, ratio: 2.0, file_bytes: 0, steady: Steady::default() }
    }

    /// The file takes so many bytes on the disk, with so many bytes of blocks in it. Where it grew
    /// there was no room left in it, which shows what a byte takes.
    pub(super) fn learn(&mut self, file_bytes: u64, block_bytes: u64) {
        if file_bytes > self.file_bytes && file_bytes > TELLING && block_bytes > 0 {
            self.ratio = (file_bytes as f64 / block_bytes as f64).clamp(1.0, 20.0);
        }
        self.file_bytes = file_bytes;
    }

    /// Looks at the wall clock: whether somebody set it.
    pub(super) fn look(&mut self, now: Stamp) {
        self.steady.look(now);
    }

    /// The age from which files that others left are removed: their hours are kept as long as those
    /// of this store. A clock that may be wrong judges none.
    pub(super) fn age_of_left(&self, now: Stamp) -> Duration {
        if self.steady.trusts(now) { self.ages[2] } else { Duration::MAX }
    }

    /// Which of the stored blocks are to go; each tier's stand in order of their age. Those of this
    /// run are as old as its monotonic time says, whoever set the clock meanwhile.
    pub(super) fn expired(
        &self,
        now: Stamp,
        stored: &[Vec<(u64, Span, u64)>; 3],
    ) -> Vec<(Tier, u64)> {
        let trusts = self.steady.trusts(now);
        let mut first = [0; 3];
        for (tier, blocks) in stored.iter().enumerate() {
            let age = self.ages[tier];
            let oldest = now.unix_ms.saturating_sub(age.as_millis() as i64);
            let is_old = |span: &Span| {
                if span.run == now.run {
                    let ns = now.monotonic_ns.saturating_sub(span.monotonic_max);
                    Duration::from_nanos(ns) > age
                } else {
                    trusts && span.unix_max < oldest
                }
            };
            first[tier] = blocks.iter().take_while(|(_, span, _)| is_old(span)).count();
        }
        let allowed = self.cap as f64 * MARGIN / self.ratio;
        let left = |first: &[usize; 3]| {
            let of = |tier: usize| stored[tier][first[tier]..].iter().map(|it| it.2).sum::<u64>();
            [of(0), of(1), of(2)]
        };
        let mut bytes = left(&first);
        while bytes.iter().sum::<u64>() as f64 > allowed {
            // The finest first; of each tier the last two stay while coarser ones have more.
            let Some(tier) = (0..3).find(|tier| stored[*tier].len() - first[*tier] > 2) else {
                break;
            };
            bytes[tier] -= stored[tier][first[tier]].2;
            first[tier] += 1;
        }
        let gone = Tier::ALL.into_iter().zip(stored).zip(first);
        gone.flat_map(|((tier, blocks), first)| {
            blocks[..first].iter().map(move |(number, ..)| (tier, *number))
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;

    /// One that trusts the clock.
    fn retention(cap: u64) -> Retention {
        let ages = [1, 7, 400].map(|days| Duration::from_secs(days * DAY));
        let mut retention = Retention::new(ages, cap);
        retention.look(at(10 * DAY - 600));
        retention
    }

    fn at(second: u64) -> Stamp {
        Stamp { run: 1, monotonic_ns: second * 1_000_000_000, unix_ms: second as i64 * 1_000 }
    }

    /// A raw block of 100 bytes for each of the last `hours`.
    fn stored(hours: u64, now: u64) -> [Vec<(u64, Span, u64)>; 3] {
        let block = |hour: u64| {
            let Stamp { run, monotonic_ns, unix_ms } = at(now - hour * 3_600);
            let span =
                Span { run, monotonic_max: monotonic_ns, unix_min: unix_ms, unix_max: unix_ms };
            (100 - hour, span, 100)
        };
        [(0..hours).rev().map(block).collect(), Vec::new(), Vec::new()]
    }

    /// The same of the run before.
    fn earlier(hours: u64, now: u64) -> [Vec<(u64, Span, u64)>; 3] {
        let mut blocks = stored(hours, now);
        for (_, span, _) in &mut blocks[0] {
            (span.run, span.monotonic_max) = (0, 0);
        }
        blocks
    }

    #[test]
    fn what_is_older_than_its_tier_allows_goes() {
        let now = 10 * DAY;
        for blocks in [stored(30, now), earlier(30, now)] {
            let gone = retention(u64::MAX).expired(at(now), &blocks);
            assert_eq!(gone, (71..=75).map(|number| (Tier::Raw, number)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn nothing_of_an_earlier_run_goes_before_the_clock_was_steady_for_a_while() {
        let now = 10 * DAY;
        let mut fresh = Retention::new([Duration::from_secs(60); 3], u64::MAX);
        assert_eq!(fresh.expired(at(now), &earlier(3, now)), []);
        assert_eq!(fresh.expired(at(now), &stored(3, now)).len(), 2, "but of this run");
        fresh.look(at(now));
        assert_eq!(fresh.expired(at(now + 599), &earlier(3, now)), []);
        assert_eq!(fresh.expired(at(now + 600), &earlier(3, now)).len(), 3);
    }

    #[test]
    fn the_oldest_go_until_the_rest_fits() {
        let now = 10 * DAY;
        let mut retention = retention(32_000);
        // Each byte of blocks takes 16 bytes of file: 1,900 fit.
        retention.learn(2 << 20, 1 << 17);
        let gone = retention.expired(at(now), &stored(24, now));
        assert_eq!(gone.len(), 5, "{gone:?}");
    }

    #[test]
    fn a_clock_set_ten_years_ahead_removes_nothing_at_once() {
        let now = 10 * DAY;
        let mut retention = retention(u64::MAX);
        let ahead = |second: u64| {
            let mut at = at(second);
            at.unix_ms += 10 * 365 * DAY as i64 * 1_000;
            at
        };
        retention.look(ahead(now + 1));
        assert_eq!(retention.expired(ahead(now + 1), &earlier(3, now)), []);
        retention.look(ahead(now + 601));
        assert_eq!(retention.expired(ahead(now + 601), &earlier(3, now)).len(), 3);
        assert_eq!(retention.expired(ahead(now + 601), &stored(3, now)), [], "nothing of this run");
    }
}
