//! Which series are looked at for anomalies, value by value.

use super::Anomaly;
use crate::analysis::anomaly::{Detector, Settings};
use crate::metric::Metric;
use crate::series::{Key, Point, Series};
use crate::source::{Frame, heap, process};
use std::time::Duration;

/// Gauges that are looked at as they are, and counters whose rate is.
const LOOKED_AT: [(Metric, bool); 4] = [
    (process::RESIDENT, false),
    (heap::LIVE, false),
    (process::THREADS, false),
    (heap::ALLOCATED, true),
];

#[derive(Debug)]
struct Watched {
    key: Key,
    is_rate: bool,
    before: Option<Point>,
    detector: Detector,
}

/// The detectors.
#[derive(Debug)]
pub(super) struct Anomalies {
    watched: Vec<Watched>,
}

impl Anomalies {
    pub(super) fn new() -> Self {
        let watched = LOOKED_AT.iter().map(|(metric, is_rate)| Watched {
            key: Key::new(metric.name),
            is_rate: *is_rate,
            before: None,
            detector: Detector::new(Settings::default()),
        });
        Self { watched: watched.collect() }
    }

    /// Takes in a frame. A pause longer than `gap` is one to the detectors too.
    pub(super) fn push(&mut self, frame: &Frame, gap: Duration) -> Vec<Anomaly> {
        self.watched.iter_mut().filter_map(|one| one.push(frame, gap)).collect()
    }
}

impl Watched {
    fn push(&mut self, frame: &Frame, gap: Duration) -> Option<Anomaly> {
        let now = Point { at: frame.at, value: frame.get(&self.key)? };
        let before = self.before.replace(now);
        if before.is_some_and(|before| now.at.since(&before.at).is_none_or(|time| time > gap)) {
            self.detector.gap();
        }
        let value = match (self.is_rate, before) {
            (false, _) => now.value,
            (true, Some(before)) => Series::new(vec![before, now]).rate(gap).last()?.value,
            (true, None) => return None,
        };
        let score = self.detector.push(value);
        if score.learning {
            return None;
        }
        let model = score.leader.map_or_else(String::new, |model| format!("{model:?}"));
        Some(Anomaly {
            key: self.key.clone(),
            score: score.value,
            detail: format!("{} ({:.2})", model.to_lowercase(), score.value),
        })
    }
}
