//! What alert rules see: the series of the last reading, and what the judge found.

use super::carried::Carried;
use super::judge::Found;
use crate::alerts::{Inputs, Limit, Unknown, Verdict};
use crate::config::Watch;
use crate::health::Health;
use crate::history::{History, Window};
use crate::metric::Metric;
use crate::series::{Key, Point, Series};
use crate::source::Frame;
use std::collections::HashMap;
use std::time::Duration;

/// Memory that fell to less than this part since a forecast was made does not go where it says.
const FELL: f64 = 0.9;

/// All that there is to see at one moment.
pub(super) struct View<'a> {
    pub(super) metrics: &'a HashMap<&'static str, Metric>,
    pub(super) frame: &'a Frame,
    pub(super) carried: &'a Carried,
    pub(super) history: &'a History,
    pub(super) limit: Result<Limit, Unknown>,
    pub(super) found: &'a Found,
    pub(super) health: &'a Health,
}

impl Inputs for View<'_> {
    fn metric(&self, name: &str) -> Option<Metric> {
        self.metrics.get(name).copied()
    }

    fn keys(&self, metric: &str) -> Vec<Key> {
        let readings = self.frame.readings().iter().map(|(key, _)| key);
        let new = readings.filter(|key| *key.metric == *metric);
        new.chain(self.carried.keys(metric)).cloned().collect()
    }

    fn latest(&self, key: &Key) -> Option<Point> {
        match self.frame.get(key) {
            Some(value) => Some(Point { at: self.frame.at, value }),
            None => self.carried.get(key).or_else(|| self.history.latest(key)),
        }
    }

    fn window(&self, key: &Key, window: Duration) -> Series {
        self.history.series(key, Window::Last(window))
    }

    fn limit(&self) -> Result<Limit, Unknown> {
        self.limit.clone()
    }

    fn time_to_limit(&self) -> Result<Option<Duration>, Unknown> {
        let used = self.limit.as_ref().ok().and_then(|limit| self.frame.get(&limit.used));
        match (used, self.found.used_then) {
            // The forecast is of memory that is in use no more.
            (Some(now), Some(then)) if now < then * FELL => Ok(None),
            _ => self.found.time_to_limit.clone(),
        }
    }

    fn anomaly(&self, key: &Key) -> Result<f64, Unknown> {
        let score = self.found.anomalies.iter().find(|anomaly| anomaly.key == *key);
        score
            .map(|anomaly| anomaly.score)
            .ok_or_else(|| Unknown::because(format!("no anomalies are looked for in `{key}`")))
    }

    fn verdicts(&self, of: Watch) -> Result<Vec<Verdict>, Unknown> {
        match of {
            Watch::Leak => self.found.leaks.clone(),
            Watch::Growth => self.found.growth.clone(),
            Watch::Budget => self.found.budgets.clone(),
            Watch::Misuse => self.found.misuse.clone(),
            Watch::Health => Ok(self.health.faults().map(fault).collect()),
            _ => Ok(Vec::new()),
        }
    }
}

fn fault(fault: &crate::health::Fault) -> Verdict {
    Verdict {
        label: "part".to_owned(),
        subject: fault.part.clone(),
        score: 1.0,
        detail: fault.detail.clone(),
    }
}
