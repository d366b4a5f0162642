//! The buckets of a distribution, where the feature `histograms` is on.

use crate::untracked::untracked;
use hdrhistogram::Histogram;
use std::sync::OnceLock;

/// PERF: they reach as far as the largest value. A program with a thousand sites had 15 MiB more
/// resident after its first report, and 60 where each reached as far as any value can.
#[derive(Clone)]
pub(super) struct Buckets {
    /// Made with the first value that is recorded.
    made: Option<Histogram<u64>>,
    /// Values and counts that were read, while nothing is recorded.
    read: Vec<(u64, u64)>,
    /// Whether these are buckets as a histogram writes them, which needs not be made then.
    is_written: bool,
    /// What they make.
    later: Later,
    /// What is larger counts as this.
    highest: u64,
}

/// A histogram that is made when it is first asked for: most of a report that is read is not looked
/// at. Whoever asks may be counted and who drops it not, so it is made and dropped uncounted.
#[derive(Default)]
struct Later(OnceLock<Histogram<u64>>);

impl Clone for Later {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Drop for Later {
    fn drop(&mut self) {
        if let Some(made) = self.0.take() {
            untracked(|| drop(made));
        }
    }
}

impl Buckets {
    pub(super) fn new(highest: u64) -> Self {
        let (read, later) = (Vec::new(), Later::default());
        Self { made: None, read, is_written: false, later, highest }
    }

    /// Buckets as they were written: values with their counts.
    #[cfg(feature = "json")]
    pub(super) fn of(highest: u64, read: Vec<(u64, u64)>) -> Self {
        let is_written = is_written(&read, highest);
        Self { made: None, read, is_written, later: Later::default(), highest }
    }

    /// The histogram; none without values.
    fn histogram(&self) -> Option<&Histogram<u64>> {
        if self.made.is_some() || self.read.is_empty() {
            return self.made.as_ref();
        }
        Some(self.later.0.get_or_init(|| untracked(|| made_of(&self.read, self.highest))))
    }

    fn histogram_mut(&mut self) -> &mut Histogram<u64> {
        let read = std::mem::take(&mut self.read);
        self.is_written = false;
        self.later = Later::default();
        self.made.get_or_insert_with(|| made_of(&read, self.highest))
    }

    pub(super) fn record(&mut self, value: u64, count: u64) {
        let value = value.min(self.highest);
        if let Err(error) = self.histogram_mut().record_n(value, count) {
            unreachable!("it grows to hold any value up to the highest: {error}");
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        let Some(other) = other.histogram().filter(|other| !other.is_empty()) else { return };
        if let Err(error) = self.histogram_mut().add(other) {
            unreachable!("it grows to hold what the other holds: {error}");
        }
    }

    /// Takes out what an earlier state of it held.
    pub(super) fn take(&mut self, earlier: &Self) {
        let mut rest = Self::new(self.highest);
        for (low, _, count) in self.filled(0, 0) {
            let before = earlier.histogram().map_or(0, |earlier| earlier.count_at(low));
            let count = count.saturating_sub(before);
            if count > 0 {
                rest.record(low, count);
            }
        }
        *self = rest;
    }

    pub(super) fn count(&self) -> u64 {
        match &self.made {
            Some(made) => made.len(),
            None => self.read.iter().fold(0, |sum: u64, (_, count)| sum.saturating_add(*count)),
        }
    }

    /// The value that a share `q` of the values does not exceed.
    #[expect(clippy::unnecessary_wraps, reason = "without the feature it is not known")]
    pub(super) fn quantile(&self, q: f64) -> Option<u64> {
        if !self.is_written {
            return Some(self.histogram().map_or(0, |made| made.value_at_quantile(q)));
        }
        // The first bucket with which so many values are reached.
        let q = if q > 1.0 { 1.0 } else { q };
        let wanted = ((q * self.count() as f64).ceil() as u64).max(1);
        let mut reached = 0;
        let mut all = self.read.iter();
        let found = all.find_map(|(value, count)| {
            reached += count;
            (reached >= wanted).then(|| bucket_of(*value))
        });
        Some(found.map_or(0, |(low, high)| if q == 0.0 { low } else { high }))
    }

    /// The filled buckets as (lowest value, highest value, count), ascending.
    pub(super) fn filled(
        &self,
        _min: u64,
        _max: u64,
    ) -> impl Iterator<Item = (u64, u64, u64)> + '_ {
        let (written, made) = if self.is_written {
            (self.read.as_slice(), None)
        } else {
            (&[][..], self.histogram())
        };
        let made = made.into_iter().flat_map(|made| {
            made.iter_recorded().map(|it| {
                let value = it.value_iterated_to();
                let low = made.lowest_equivalent(value);
                (low, made.highest_equivalent(value), it.count_at_value())
            })
        });
        let written = written.iter().map(|(value, count)| {
            let (low, high) = bucket_of(*value);
            (low, high, *count)
        });
        written.chain(made)
    }
}

/// Values below this are told apart in a histogram of one significant digit.
const EXACT: u64 = 32;

/// The lowest and the highest value of the bucket of a value. From `EXACT` on there are 16 buckets
/// from one power of two to the next.
fn bucket_of(value: u64) -> (u64, u64) {
    let width = (EXACT - 1).leading_zeros() - (value | (EXACT - 1)).leading_zeros();
    let low = value >> width << width;
    (low, low + ((1 << width) - 1))
}

/// Whether values and counts are the filled buckets of a histogram, ascending, as memopt writes
/// them.
#[cfg(feature = "json")]
fn is_written(read: &[(u64, u64)], highest: u64) -> bool {
    let mut above = 0;
    let mut sum = 0_u64;
    read.iter().all(|(value, count)| {
        let (low, high) = bucket_of(*value);
        let fits = above <= low && *value == low && high <= highest && *count > 0;
        above = high.saturating_add(1);
        let added = sum.checked_add(*count);
        sum = added.unwrap_or(sum);
        fits && added.is_some()
    })
}

/// The histogram of these values. It reaches as far as the largest at once: one that grows is
/// copied each time.
fn made_of(read: &[(u64, u64)], highest: u64) -> Histogram<u64> {
    let largest = read.iter().map(|(value, _)| *value).max().unwrap_or(0).clamp(2, highest);
    let made = Histogram::new_with_bounds(1, largest, 1);
    let mut filled = made.unwrap_or_else(|error| {
        unreachable!("hdrhistogram accepts these bounds and this constant precision: {error}")
    });
    filled.auto(true);
    for (value, count) in read {
        if let Err(error) = filled.record_n((*value).min(highest), *count) {
            unreachable!("it holds any value up to the largest: {error}");
        }
    }
    filled
}

/// However far each of them reaches.
impl PartialEq for Buckets {
    fn eq(&self, other: &Self) -> bool {
        self.filled(0, 0).eq(other.filled(0, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::{Buckets, bucket_of, made_of};

    const HIGHEST: u64 = (1 << 40) - 1;

    #[test]
    fn the_buckets_are_those_of_the_histogram() {
        let made = made_of(&[(HIGHEST, 1)], HIGHEST);
        for power in 0..40 {
            for near in 0..70 {
                for value in [(1_u64 << power) + near, (1_u64 << power).saturating_sub(near)] {
                    if value <= HIGHEST {
                        let own = (made.lowest_equivalent(value), made.highest_equivalent(value));
                        assert_eq!(bucket_of(value), own, "{value}");
                    }
                }
            }
        }
    }

    /// What was read says the same as the histogram that could be made of it.
    #[test]
    fn what_is_asked_of_written_buckets_is_what_the_histogram_says() {
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = |below: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random % below
        };
        for round in 0..300 {
            let mut values = Vec::new();
            for _ in 0..=next(30) {
                let power = 1 + next(40);
                values.push((next(1 << power), 1 + next(1 << 20)));
            }
            let mut made = Buckets::new(HIGHEST);
            for (value, count) in &values {
                made.record(*value, *count);
            }
            let written = made.filled(0, 0).map(|(low, _, count)| (low, count)).collect();
            let read = Buckets::of(HIGHEST, written);
            assert!(read.is_written, "round {round}");
            assert!(read == made && read.count() == made.count(), "round {round}");
            for q in [0.0, 1e-9, 0.01, 0.3, 0.5, 0.9, 0.95, 0.99, 0.999_999, 1.0, 7.0, -1.0] {
                assert_eq!(read.quantile(q), made.quantile(q), "round {round}, {q}");
            }
            assert!(read.later.0.get().is_none(), "no histogram was made");
            // More can be added to it.
            let (mut more, mut other) = (read.clone(), made.clone());
            more.record(77, 3);
            other.record(77, 3);
            assert!(more == other, "round {round}");
        }
        for odd in [
            vec![(5, 1), (4, 1)],
            vec![(4, 1), (4, 1)],
            vec![(33, 1), (34, 0)],
            vec![(65, 1)],
            vec![(HIGHEST + 1, 1)],
            vec![(1, u64::MAX), (2, 1)],
        ] {
            assert!(!Buckets::of(HIGHEST, odd.clone()).is_written, "{odd:?}");
        }
        assert_eq!(Buckets::of(HIGHEST, Vec::new()).quantile(0.5), Some(0));
    }
}
