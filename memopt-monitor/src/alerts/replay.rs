//! Rules over stored history: which alerts would have been sent.

use super::inputs::{Inputs, Limit, Unknown, Verdict};
use super::machine::Alerts;
use super::model::Change;
use crate::clock::Stamp;
use crate::config::{Alerts as Settings, Labels, Watch};
use crate::metric::Metric;
use crate::series::{Key, Point, Series};
use std::collections::BTreeMap;
use std::time::Duration;

/// What the analysis says of series up to a moment. Each answer is `Err` where it cannot be had
/// from stored series.
type Judge<'a, T> = Box<dyn Fn(&Replay<'_>) -> Result<T, Unknown> + 'a>;

/// Stored history, as it was known at a moment.
#[derive(Default)]
pub struct Replay<'a> {
    metrics: BTreeMap<&'static str, Metric>,
    series: BTreeMap<Key, Series>,
    limit: Option<Limit>,
    now: Stamp,
    time_to_limit: Option<Judge<'a, Option<Duration>>>,
    verdicts: BTreeMap<Watch, Judge<'a, Vec<Verdict>>>,
    #[allow(clippy::type_complexity, reason = "a function that is stored")]
    anomaly: Option<Box<dyn Fn(&Replay<'_>, &Key) -> Result<f64, Unknown> + 'a>>,
}

impl<'a> Replay<'a> {
    /// A replay of these series.
    pub fn new(series: impl IntoIterator<Item = (Key, Series)>) -> Self {
        Self { series: series.into_iter().collect(), ..Self::default() }
    }

    /// What the metrics are.
    #[must_use]
    pub fn metrics(mut self, metrics: impl IntoIterator<Item = Metric>) -> Self {
        self.metrics = metrics.into_iter().map(|metric| (metric.name, metric)).collect();
        self
    }

    /// The limit that was in force.
    #[must_use]
    pub fn limit(mut self, limit: Limit) -> Self {
        self.limit = Some(limit);
        self
    }

    /// How the time to the limit follows from the stored history.
    #[must_use]
    pub fn time_to_limit(
        mut self,
        judge: impl Fn(&Replay<'_>) -> Result<Option<Duration>, Unknown> + 'a,
    ) -> Self {
        self.time_to_limit = Some(Box::new(judge));
        self
    }

    /// How an anomaly score follows from the stored history.
    #[must_use]
    pub fn anomaly(
        mut self,
        judge: impl Fn(&Replay<'_>, &Key) -> Result<f64, Unknown> + 'a,
    ) -> Self {
        self.anomaly = Some(Box::new(judge));
        self
    }

    /// How verdicts of a kind follow from the stored history.
    #[must_use]
    pub fn verdicts(
        mut self,
        of: Watch,
        judge: impl Fn(&Replay<'_>) -> Result<Vec<Verdict>, Unknown> + 'a,
    ) -> Self {
        self.verdicts.insert(of, Box::new(judge));
        self
    }

    /// The moment.
    pub fn now(&self) -> Stamp {
        self.now
    }

    /// All moments at which anything was read, the oldest first.
    pub fn moments(&self) -> Vec<Stamp> {
        let points = self.series.values().flat_map(Series::points);
        let mut moments: Vec<Stamp> = points.map(|point| point.at).collect();
        // Runs follow each other; within one the monotonic clock tells the order.
        moments.sort_unstable_by_key(|at| (at.run, at.monotonic_ns));
        moments.dedup_by_key(|at| (at.run, at.monotonic_ns));
        moments
    }

    /// What was read of a series up to the moment.
    fn known(&self, key: &Key) -> &[Point] {
        let Some(series) = self.series.get(key) else { return &[] };
        let now = (self.now.run, self.now.monotonic_ns);
        let points = series.points();
        let end = points.partition_point(|point| (point.at.run, point.at.monotonic_ns) <= now);
        &points[..end]
    }
}

impl Inputs for Replay<'_> {
    fn metric(&self, name: &str) -> Option<Metric> {
        self.metrics.get(name).copied()
    }

    fn keys(&self, metric: &str) -> Vec<Key> {
        let keys = self.series.keys().filter(|key| &*key.metric == metric);
        keys.filter(|key| !self.known(key).is_empty()).cloned().collect()
    }

    fn latest(&self, key: &Key) -> Option<Point> {
        self.known(key).last().copied()
    }

    fn window(&self, key: &Key, window: Duration) -> Series {
        let known = self.known(key);
        let inside = |point: &&Point| self.now.since(&point.at).is_some_and(|age| age <= window);
        let count = known.iter().rev().take_while(inside).count();
        Series::new(known[known.len() - count..].to_vec())
    }

    fn limit(&self) -> Result<Limit, Unknown> {
        self.limit.clone().ok_or_else(|| Unknown::because("none is stored"))
    }

    fn time_to_limit(&self) -> Result<Option<Duration>, Unknown> {
        match &self.time_to_limit {
            Some(judge) => judge(self),
            None => Err(Unknown::because("forecasts are not replayed")),
        }
    }

    fn anomaly(&self, key: &Key) -> Result<f64, Unknown> {
        match &self.anomaly {
            Some(judge) => judge(self, key),
            None => Err(Unknown::because("anomaly scores are not replayed")),
        }
    }

    fn verdicts(&self, of: Watch) -> Result<Vec<Verdict>, Unknown> {
        match self.verdicts.get(&of) {
            Some(judge) => judge(self),
            None => Err(Unknown::because(format!("verdicts of {of} are not stored"))),
        }
    }
}

impl std::fmt::Debug for Replay<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replay")
            .field("series", &self.series.len())
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

/// Runs rules over stored history, through the same states as the live ones, and says what would
/// have changed. They are evaluated at the stored moments at which they are due, as live ones are.
pub fn replay(
    settings: &Settings,
    stale: Duration,
    identity: Labels,
    mut history: Replay<'_>,
) -> (Vec<Change>, Alerts) {
    let mut alerts = Alerts::new(settings, stale, identity);
    let mut changes = Vec::new();
    for now in history.moments() {
        if !alerts.is_due(&now) {
            continue;
        }
        history.now = now;
        changes.extend(alerts.evaluate(now, &history));
    }
    (changes, alerts)
}
