//! The buckets of a distribution, where the feature `histograms` is on.

use hdrhistogram::Histogram;

#[derive(Clone, PartialEq)]
pub(super) struct Buckets(Histogram<u64>);

impl Buckets {
    pub(super) fn new(highest: u64) -> Self {
        let histogram = Histogram::new_with_bounds(1, highest, 1);
        Self(histogram.unwrap_or_else(|error| {
            unreachable!("hdrhistogram accepts these constant bounds: {error}")
        }))
    }

    pub(super) fn record(&mut self, value: u64, count: u64) {
        self.0.saturating_record_n(value, count);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if let Err(error) = self.0.add(&other.0) {
            unreachable!("all histograms of a Stat have the same bounds: {error}");
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The value that a share `q` of the values does not exceed.
    #[expect(clippy::unnecessary_wraps, reason = "without the feature it is not known")]
    pub(super) fn quantile(&self, q: f64) -> Option<u64> {
        Some(self.0.value_at_quantile(q))
    }

    /// The filled buckets as (lowest value, highest value, count), ascending.
    pub(super) fn filled(
        &self,
        _min: u64,
        _max: u64,
    ) -> impl Iterator<Item = (u64, u64, u64)> + '_ {
        self.0.iter_recorded().map(|it| {
            let value = it.value_iterated_to();
            let low = self.0.lowest_equivalent(value);
            (low, self.0.highest_equivalent(value), it.count_at_value())
        })
    }
}
