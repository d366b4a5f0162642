//! Which series are looked at for anomalies, value by value.

use super::Anomaly;
use crate::analysis::anomaly::{Detector, Score, Settings};
use crate::clock::Stamp;
use crate::history::{History, Window};
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

/// How far back is looked for what was usual before this run.
const LEARNED: Duration = Duration::from_secs(2 * 3_600);

/// The detectors.
#[derive(Debug)]
pub(super) struct Anomalies {
    watched: Vec<Watched>,
    /// Whether an earlier run taught them something.
    has_learned: bool,
}

impl Anomalies {
    pub(super) fn new() -> Self {
        let watched = LOOKED_AT.iter().map(|(metric, is_rate)| Watched {
            key: Key::new(metric.name),
            is_rate: *is_rate,
            before: None,
            detector: Detector::new(Settings::default()),
        });
        Self { watched: watched.collect(), has_learned: false }
    }

    /// Takes in what earlier runs read until `now`: what was usual then is usual in this one.
    pub(super) fn learn(&mut self, history: &History, now: Stamp, gap: Duration) {
        let window = Window::between(now.unix_ms - LEARNED.as_millis() as i64, now.unix_ms);
        for one in &mut self.watched {
            for point in history.series(&one.key, window).points() {
                one.take(*point, gap);
                self.has_learned = true;
            }
        }
    }

    /// Takes in a frame. A pause longer than `gap` is one to the detectors too. A program that
    /// warms up is unlike what earlier runs taught, which nobody is told.
    pub(super) fn push(&mut self, frame: &Frame, gap: Duration, warms_up: bool) -> Vec<Anomaly> {
        let is_new = warms_up && self.has_learned;
        let all = self.watched.iter_mut().filter_map(|one| one.push(frame, gap));
        // All are pushed, whatever is told.
        let mut all: Vec<Anomaly> = all.collect();
        if is_new {
            all.clear();
        }
        all
    }
}

impl Watched {
    /// The score of a point; none of a counter's first.
    fn take(&mut self, now: Point, gap: Duration) -> Option<Score> {
        let before = self.before.replace(now);
        if before.is_some_and(|before| now.at.since(&before.at).is_none_or(|time| time > gap)) {
            self.detector.gap();
        }
        let value = match (self.is_rate, before) {
            (false, _) => now.value,
            (true, Some(before)) => Series::new(vec![before, now]).rate(gap).last()?.value,
            (true, None) => return None,
        };
        Some(self.detector.push(value))
    }

    fn push(&mut self, frame: &Frame, gap: Duration) -> Option<Anomaly> {
        let score = self.take(Point { at: frame.at, value: frame.get(&self.key)? }, gap)?;
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
