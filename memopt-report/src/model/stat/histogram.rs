//! The buckets of a distribution, where the feature `histograms` is on.

use hdrhistogram::Histogram;
use std::sync::OnceLock;

/// PERF: they reach as far as the largest value. A program with a thousand sites had 15 MiB more
/// resident after its first report, and 60 where each reached as far as any value can.
#[derive(Clone)]
pub(super) struct Buckets {
    /// Made when it is first asked for: most of a report that is read is not looked at.
    filled: OnceLock<Histogram<u64>>,
    /// Values and counts that were read, which it is made of.
    read: Vec<(u64, u64)>,
    /// What is larger counts as this.
    highest: u64,
}

impl Buckets {
    pub(super) fn new(highest: u64) -> Self {
        Self { filled: OnceLock::new(), read: Vec::new(), highest }
    }

    /// Buckets as they were written: values with their counts.
    #[cfg(feature = "json")]
    pub(super) fn of(highest: u64, read: Vec<(u64, u64)>) -> Self {
        Self { filled: OnceLock::new(), read, highest }
    }

    fn histogram(&self) -> &Histogram<u64> {
        self.filled.get_or_init(|| made_of(&self.read, self.highest))
    }

    fn histogram_mut(&mut self) -> &mut Histogram<u64> {
        self.histogram();
        self.read = Vec::new();
        match self.filled.get_mut() {
            Some(filled) => filled,
            None => unreachable!("it was made in the line above"),
        }
    }

    pub(super) fn record(&mut self, value: u64, count: u64) {
        let value = value.min(self.highest);
        if let Err(error) = self.histogram_mut().record_n(value, count) {
            unreachable!("it grows to hold any value up to the highest: {error}");
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if other.count() == 0 {
            return;
        }
        if let Err(error) = self.histogram_mut().add(other.histogram()) {
            unreachable!("it grows to hold what the other holds: {error}");
        }
    }

    /// Takes out what an earlier state of it held.
    pub(super) fn take(&mut self, earlier: &Self) {
        let mut rest = Self::new(self.highest);
        for (low, _, count) in self.filled(0, 0) {
            let count = count.saturating_sub(earlier.histogram().count_at(low));
            if count > 0 {
                rest.record(low, count);
            }
        }
        *self = rest;
    }

    pub(super) fn count(&self) -> u64 {
        match self.filled.get() {
            Some(filled) => filled.len(),
            None => self.read.iter().fold(0, |sum: u64, (_, count)| sum.saturating_add(*count)),
        }
    }

    /// The value that a share `q` of the values does not exceed.
    #[expect(clippy::unnecessary_wraps, reason = "without the feature it is not known")]
    pub(super) fn quantile(&self, q: f64) -> Option<u64> {
        Some(self.histogram().value_at_quantile(q))
    }

    /// The filled buckets as (lowest value, highest value, count), ascending.
    pub(super) fn filled(
        &self,
        _min: u64,
        _max: u64,
    ) -> impl Iterator<Item = (u64, u64, u64)> + '_ {
        let filled = self.histogram();
        filled.iter_recorded().map(|it| {
            let value = it.value_iterated_to();
            let low = filled.lowest_equivalent(value);
            (low, filled.highest_equivalent(value), it.count_at_value())
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
