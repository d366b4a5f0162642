//! One distribution over the calls of a site.

#[cfg(not(feature = "histograms"))]
mod extremes;
#[cfg(feature = "histograms")]
mod histogram;
#[cfg(feature = "json")]
mod wire;

#[cfg(not(feature = "histograms"))]
use self::extremes::Buckets;
#[cfg(feature = "histograms")]
use self::histogram::Buckets;
#[cfg(feature = "json")]
pub(crate) use self::wire::PAIRS;

/// The distribution of one quantity over the finished calls of a site.
///
/// Kept as an [HDR histogram](https://hdrhistogram.github.io/HdrHistogram/) of one significant
/// digit: values below 32 are exact, larger ones fall into buckets at most 1/16 of their value
/// wide. The sum and the largest value are exact, the smallest is known to its bucket; where all
/// values are equal it is exact too. Quantiles are clamped to them, so a site that always allocates
/// the same shows that very number.
///
/// # Limits
///
/// - Values above 2^40 count as 2^40 in the quantiles; the sum and [`max`](Stat::max) stay exact.
/// - Without the feature `histograms` there are no buckets: a quantile is then the largest value,
///   which is an upper bound.
#[derive(Clone, PartialEq)]
pub struct Stat {
    buckets: Buckets,
    total: u64,
    min: u64,
    max: u64,
}

impl Stat {
    /// The largest value that is told apart from larger ones.
    #[doc(hidden)]
    pub const HIGHEST: u64 = (1 << 40) - 1;

    /// An empty distribution.
    pub fn new() -> Self {
        Self { buckets: Buckets::new(Self::HIGHEST), total: 0, min: 0, max: 0 }
    }

    /// Adds `count` values of about `value`; exact sum and extremes come by
    /// [`set_exact`](Self::set_exact).
    #[doc(hidden)]
    pub fn record(&mut self, value: u64, count: u64) {
        if count == 0 {
            return;
        }
        if self.count() == 0 {
            (self.min, self.max) = (value, value);
        }
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.total = self.total.wrapping_add(value.wrapping_mul(count));
        self.buckets.record(value, count);
    }

    /// Replaces the bucketed sum and largest value by the exact ones, kept beside the histogram.
    #[doc(hidden)]
    pub fn set_exact(&mut self, total: Option<u64>, min: u64, max: u64) {
        if let Some(total) = total {
            self.total = total;
        }
        self.min = min.min(max);
        self.max = max;
    }

    /// Adds the values of `other`.
    pub fn merge(&mut self, other: &Self) {
        if other.count() == 0 {
            return;
        }
        let empty = self.count() == 0;
        self.min = if empty { other.min } else { self.min.min(other.min) };
        self.max = self.max.max(other.max);
        self.total = self.total.wrapping_add(other.total);
        self.buckets.merge(&other.buckets);
    }

    /// Takes out the values of an earlier state of this distribution. The smallest and the largest
    /// of those that remain are known to their buckets.
    pub(crate) fn take(&mut self, earlier: &Self) {
        if earlier.count() == 0 {
            return;
        }
        self.buckets.take(&earlier.buckets);
        self.total = self.total.saturating_sub(earlier.total);
        if self.count() == 0 {
            *self = Self::new();
            return;
        }
        let mut filled = self.buckets.filled(self.min, self.max);
        let first = filled.next();
        let last = filled.last().or(first);
        let (low, high) = (first.map_or(0, |it| it.0), last.map_or(0, |it| it.1));
        // A report that was changed may tell a largest value below all buckets.
        self.max = self.max.min(high);
        self.min = self.min.max(low).min(self.max);
    }

    /// Number of values: the finished outermost calls.
    pub fn count(&self) -> u64 {
        self.buckets.count()
    }

    /// Sum of all values.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Arithmetic mean, 0 where nothing was recorded.
    pub fn mean(&self) -> f64 {
        match self.count() {
            0 => 0.0,
            n => self.total as f64 / n as f64,
        }
    }

    /// Smallest value: the lowest of its bucket, unless all values are equal.
    pub fn min(&self) -> u64 {
        self.min
    }

    /// Largest value.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// The value that a share `q` (0 to 1) of the calls does not exceed.
    pub fn quantile(&self, q: f64) -> u64 {
        match self.count() {
            0 => 0,
            _ => self.buckets.quantile(q).map_or(self.max, |value| value.clamp(self.min, self.max)),
        }
    }

    /// Median.
    pub fn p50(&self) -> u64 {
        self.quantile(0.50)
    }

    /// 90th percentile.
    pub fn p90(&self) -> u64 {
        self.quantile(0.90)
    }

    /// 95th percentile.
    pub fn p95(&self) -> u64 {
        self.quantile(0.95)
    }

    /// 99th percentile.
    pub fn p99(&self) -> u64 {
        self.quantile(0.99)
    }

    /// The filled buckets as (lowest value, highest value, count), ascending.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64, u64)> + '_ {
        self.buckets.filled(self.min, self.max)
    }
}

impl Default for Stat {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Stat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stat")
            .field("count", &self.count())
            .field("total", &self.total)
            .field("min", &self.min)
            .field("p50", &self.p50())
            .field("p99", &self.p99())
            .field("max", &self.max)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Stat;

    #[test]
    fn a_constant_value_is_shown_exactly() {
        let mut stat = Stat::new();
        stat.record(1000, 7);
        stat.set_exact(Some(7000), 1000, 1000);
        assert_eq!((stat.p50(), stat.p99(), stat.max(), stat.total()), (1000, 1000, 1000, 7000));
    }

    #[test]
    fn merging_adds_counts_and_keeps_extremes() {
        let (mut a, mut b) = (Stat::new(), Stat::new());
        a.record(4, 1);
        b.record(20, 3);
        a.merge(&b);
        assert_eq!((a.count(), a.total(), a.min(), a.max(), a.p50()), (4, 64, 4, 20, 20));
    }

    #[test]
    fn extremes_that_contradict_the_buckets_are_no_end() {
        let mut before = Stat::new();
        before.record(4, 1);
        let mut now = before.clone();
        now.record(5, 1);
        // As somebody wrote them into a report.
        now.set_exact(None, 100, 100);
        now.take(&before);
        assert_eq!((now.count(), now.p50(), now.max()), (1, now.max(), now.max()));
    }

    #[test]
    fn what_was_there_before_is_taken_out() {
        let mut before = Stat::new();
        before.record(4, 2);
        before.record(5_000, 1);
        let mut now = before.clone();
        now.record(20, 3);
        now.record(4, 1);
        now.take(&before);
        assert_eq!((now.count(), now.total(), now.min(), now.max()), (4, 64, 4, 20));
        now.take(&now.clone());
        assert_eq!(now, Stat::new());
    }

    #[test]
    fn json_round_trip_keeps_every_figure() {
        let mut stat = Stat::new();
        for value in [0, 3, 900, 70_000] {
            stat.record(value, 2);
        }
        let text = serde_json::to_string(&stat).unwrap();
        assert_eq!(serde_json::from_str::<Stat>(&text).unwrap(), stat);
    }
}
