//! The buckets of a distribution, where the feature `histograms` is on.

use hdrhistogram::Histogram;

/// PERF: they reach as far as the largest value. A program with a thousand sites had 15 MiB more
/// resident after its first report, and 60 where each reached as far as any value can.
#[derive(Clone)]
pub(super) struct Buckets {
    filled: Histogram<u64>,
    /// What is larger counts as this.
    highest: u64,
}

impl Buckets {
    pub(super) fn new(highest: u64) -> Self {
        let filled = Histogram::new(1).unwrap_or_else(|error| {
            unreachable!("hdrhistogram accepts this constant precision: {error}")
        });
        Self { filled, highest }
    }

    pub(super) fn record(&mut self, value: u64, count: u64) {
        if let Err(error) = self.filled.record_n(value.min(self.highest), count) {
            unreachable!("it grows to hold any value up to the highest: {error}");
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if let Err(error) = self.filled.add(&other.filled) {
            unreachable!("it grows to hold what the other holds: {error}");
        }
    }

    /// Takes out what an earlier state of it held.
    pub(super) fn take(&mut self, earlier: &Self) {
        let mut rest = Self::new(self.highest);
        for (low, _, count) in self.filled(0, 0) {
            let count = count.saturating_sub(earlier.filled.count_at(low));
            if count > 0 {
                rest.record(low, count);
            }
        }
        *self = rest;
    }

    pub(super) fn count(&self) -> u64 {
        self.filled.len()
    }

    /// The value that a share `q` of the values does not exceed.
    #[expect(clippy::unnecessary_wraps, reason = "without the feature it is not known")]
    pub(super) fn quantile(&self, q: f64) -> Option<u64> {
        Some(self.filled.value_at_quantile(q))
    }

    /// The filled buckets as (lowest value, highest value, count), ascending.
    pub(super) fn filled(
        &self,
        _min: u64,
        _max: u64,
    ) -> impl Iterator<Item = (u64, u64, u64)> + '_ {
        self.filled.iter_recorded().map(|it| {
            let value = it.value_iterated_to();
            let low = self.filled.lowest_equivalent(value);
            (low, self.filled.highest_equivalent(value), it.count_at_value())
        })
    }
}

/// However far each of them reaches.
impl PartialEq for Buckets {
    fn eq(&self, other: &Self) -> bool {
        self.filled(0, 0).eq(other.filled(0, 0))
    }
}
