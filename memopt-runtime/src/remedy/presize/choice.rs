//! Which start is best for the lengths that are known; the rule stands in [`super`].

use super::lengths::Known;

/// What the user set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aim {
    /// Share of the collections that the start should suffice for, in percent.
    pub(super) percentile: u8,
    /// Share of the room that may stay unused, in percent.
    pub(super) max_waste: u8,
}

/// From one percentile tried to the next.
const STEP: usize = 5;

/// The length to start with; 0 where none is any use.
pub(super) fn start(known: &Known, aim: Aim) -> usize {
    // Most stay empty and need no block at all.
    if at(known, 50) == 0 {
        return 0;
    }
    let candidates = candidates(known, aim.percentile);
    let keeps = |bound: f64| candidates.iter().copied().find(|start| waste(known, *start) <= bound);
    let bound = f64::from(aim.max_waste) / 100.0;
    keeps(bound).or_else(|| keeps(waste(known, 0))).unwrap_or(0)
}

/// Starts worth trying, the largest first.
///
/// Beside percentiles, parts of the longest from which whole doublings lead there: where few are
/// long and most short, these start all short ones and let long ones end without room to spare.
fn candidates(known: &Known, percentile: u8) -> Vec<usize> {
    let most = at(known, percentile);
    let percentiles = (1..=percentile).rev().step_by(STEP).map(|percent| at(known, percent));
    let parts =
        |of: usize| (1..of.max(2).ilog2()).map(move |doublings| of.div_ceil(1 << doublings));
    let mut starts: Vec<usize> =
        percentiles.chain(parts(at(known, 100))).chain(parts(most)).collect();
    starts.retain(|start| *start <= most);
    starts.sort_unstable_by(|a, b| b.cmp(a));
    starts.dedup();
    starts
}

/// The length that `percent` of the collections did not exceed.
fn at(known: &Known, percent: u8) -> usize {
    let wanted = (u64::from(known.count) * u64::from(percent)).div_ceil(100);
    let mut below = 0;
    for bucket in &known.buckets {
        below += u64::from(bucket.count);
        if below >= wanted {
            return bucket.longest;
        }
    }
    0
}

/// Share (0 to 1) of the room of all collections that stays unused, if they start at `start` and
/// double from there.
fn waste(known: &Known, start: usize) -> f64 {
    let (mut room, mut used) = (0.0, 0.0);
    for bucket in &known.buckets {
        let each = f64::from(bucket.count);
        // A full bucket counts as full, and the rounding of others cancels out.
        let length = if bucket.longest == start { start } else { bucket.middle };
        room += each * grown(start, length) as f64;
        used += each * length as f64;
    }
    if room == 0.0 { 0.0 } else { (room - used) / room }
}

/// The room of a collection of `length` elements that started at `start`: doubled until it
/// suffices, as `Vec` does.
fn grown(start: usize, length: usize) -> usize {
    /// What `Vec` starts with by itself, for elements of up to 1 KiB.
    const FIRST: usize = 4;
    if length <= start {
        return start;
    }
    let first = start.max(FIRST);
    let doublings = first.leading_zeros().saturating_sub(length.leading_zeros());
    let room = first.checked_shl(doublings).unwrap_or(usize::MAX);
    if room >= length { room } else { room.saturating_mul(2) }
}

#[cfg(test)]
mod tests {
    use super::super::lengths::Lengths;
    use super::{Aim, at, grown, start, waste};

    const AIM: Aim = Aim { percentile: 95, max_waste: 20 };

    fn known(lengths: impl IntoIterator<Item = usize>) -> super::Known {
        let histogram = Lengths::new();
        lengths.into_iter().for_each(|length| histogram.add(length));
        histogram.read()
    }

    #[test]
    fn growth_doubles() {
        assert_eq!(grown(0, 0), 0);
        assert_eq!(grown(0, 1), 4);
        assert_eq!(grown(0, 1000), 1024);
        assert_eq!(grown(1000, 1000), 1000);
        assert_eq!(grown(1000, 1001), 2000);
        assert_eq!(grown(100, 1601), 3200);
        assert_eq!(grown(100, 1600), 1600);
        assert_eq!(grown(8, usize::MAX), usize::MAX);
    }

    #[test]
    fn one_length_is_the_start() {
        let known = known([1000; 50]);
        assert_eq!(start(&known, AIM), 1000);
        assert!(waste(&known, 1000) < f64::EPSILON);
    }

    #[test]
    fn near_lengths_start_at_the_percentile() {
        let known = known((0..200).map(|n| 900 + n));
        assert!((1080..=1099).contains(&start(&known, AIM)), "{}", start(&known, AIM));
        assert!(at(&known, 50) < at(&known, 95));
    }

    #[test]
    fn wide_lengths_start_where_the_bound_is_kept() {
        // Nine of ten are short: room for the long one would be unused in all others.
        let known = known((0..100).map(|n| if n % 10 == 0 { 10_000 } else { 100 }));
        let chosen = start(&known, AIM);
        // 10,000 in 5 doublings: of 90 × 313 + 10 × 10,016 are 15 % unused; in 4 doublings, from
        // 625, it would be 30 %.
        assert_eq!(chosen, 313);
        assert!(waste(&known, chosen) <= 0.2);
        // A percentage that allows anything takes the percentile.
        assert_eq!(start(&known, Aim { percentile: 95, max_waste: 100 }), 10_000);
    }

    #[test]
    fn where_no_start_keeps_the_bound_it_wastes_no_more_than_growth() {
        let known = known(1..256);
        let chosen = start(&known, Aim { percentile: 95, max_waste: 1 });
        assert!(chosen > 0);
        assert!(waste(&known, chosen) <= waste(&known, 0));
    }

    #[test]
    fn collections_that_stay_empty_get_no_room() {
        assert_eq!(start(&known([0; 20]), AIM), 0);
        let mostly = known((0..100).map(|n| if n < 80 { 0 } else { 64 }));
        assert_eq!(start(&mostly, AIM), 0);
    }

    #[test]
    fn nothing_known_is_no_start() {
        assert_eq!(start(&known([]), AIM), 0);
    }
}
