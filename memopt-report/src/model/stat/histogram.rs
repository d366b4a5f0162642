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
        Self { made: None, read: Vec::new(), later: Later::default(), highest }
    }

    /// Buckets as they were written: values with their counts.
    #[cfg(feature = "json")]
    pub(super) fn of(highest: u64, read: Vec<(u64, u64)>) -> Self {
        Self { made: None, read, later: Later::default(), highest }
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
        Some(self.histogram().map_or(0, |made| made.value_at_quantile(q)))
    }

    /// The filled buckets as (lowest value, highest value, count), ascending.
    pub(super) fn filled(
        &self,
        _min: u64,
        _max: u64,
    ) -> impl Iterator<Item = (u64, u64, u64)> + '_ {
        self.histogram().into_iter().flat_map(|made| {
            made.iter_recorded().map(|it| {
                let value = it.value_iterated_to();
                let low = made.lowest_equivalent(value);
                (low, made.highest_equivalent(value), it.count_at_value())
            })
        })
    }
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
