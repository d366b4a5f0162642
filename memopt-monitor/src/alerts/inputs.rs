//! What rules look at.

use crate::clock::Stamp;
use crate::config::Watch;
use crate::metric::Metric;
use crate::series::{Key, Point, Series};
use std::fmt;
use std::time::Duration;

/// What is known at the moment of an evaluation. The engine gives it from live series, a replay
/// from stored ones.
pub trait Inputs {
    /// What a metric is; `None` where no source tells it.
    fn metric(&self, name: &str) -> Option<Metric>;

    /// All series of a metric: one, or one for each value of its label.
    fn keys(&self, metric: &str) -> Vec<Key>;

    /// The newest value of a series.
    fn latest(&self, key: &Key) -> Option<Point>;

    /// The values of a series in the time before now, the oldest first.
    fn window(&self, key: &Key, window: Duration) -> Series;

    /// The memory limit in force.
    ///
    /// # Errors
    ///
    /// Why none is known.
    fn limit(&self) -> Result<Limit, Unknown>;

    /// The time until memory reaches the limit; `None` where it does not within the horizon.
    ///
    /// # Errors
    ///
    /// Why there is no forecast.
    fn time_to_limit(&self) -> Result<Option<Duration>, Unknown>;

    /// The anomaly score of a series, from 0 to 1.
    ///
    /// # Errors
    ///
    /// Why there is none.
    fn anomaly(&self, key: &Key) -> Result<f64, Unknown>;

    /// All that is wrong now, of one kind: leaks, growth, budgets, misuse or health. An empty list
    /// says that nothing is.
    ///
    /// # Errors
    ///
    /// Why it is not known.
    fn verdicts(&self, of: Watch) -> Result<Vec<Verdict>, Unknown>;
}

/// The memory limit in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// Bytes.
    pub bytes: u64,
    /// Which limit it is: `cgroup /app`, `host`. Shares name it.
    pub name: String,
    /// What it limits: the series whose share of it matters.
    pub used: Key,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The name of its label: `site`, `pool`, `source`.
    pub label: String,
    /// What it is about. It identifies the alert, so nothing that varies belongs here.
    pub subject: String,
    /// How bad it is: of too many, the worst are kept.
    pub score: f64,
    /// The evidence, in one sentence.
    pub detail: String,
}

/// Why something is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown(pub String);

impl Unknown {
    /// For this reason.
    pub fn because(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The age of a point, if it is not older than `stale`.
pub(super) fn fresh(point: Option<Point>, now: &Stamp, stale: Duration) -> Result<Point, String> {
    let Some(point) = point else { return Err("no value was read yet".to_owned()) };
    match now.since(&point.at) {
        Some(age) if age > stale => Err(format!("the newest value is {} s old", age.as_secs())),
        // A value that is newer than the clock is as new as can be.
        None if point.at.run == now.run => Ok(point),
        None => Err("no value was read since the start".to_owned()),
        Some(_) => Ok(point),
    }
}
