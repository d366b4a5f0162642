//! Readings of metrics that are read less often than others: each counts until it is stale.

use crate::clock::Stamp;
use crate::series::{Key, Point};
use crate::source::Frame;
use std::collections::HashSet;
use std::time::Duration;

/// The newest readings of the metrics that the newest frame has no reading of.
///
/// A metric is carried as a whole. Where the newest frame has some of its series, the others are
/// gone: a site that is no longer among the largest, a thread that ended.
#[derive(Debug, Default)]
pub(super) struct Carried {
    readings: Vec<(Key, Point)>,
}

impl Carried {
    /// Takes in that `after` was read, and `before` before it. What is older than `stale` is
    /// forgotten, and so is what a source says it could not read.
    pub(super) fn follow(&mut self, before: &Frame, after: &Frame, stale: Duration) {
        let told: HashSet<&str> = after.readings().iter().map(|(key, _)| &*key.metric).collect();
        let is_lacking = |metric: &str| {
            let lacks = |name: &str| {
                metric
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            after.absent().iter().any(|absent| lacks(absent.source))
        };
        let goes_on = |key: &Key, at: &Stamp| {
            !told.contains(&*key.metric)
                && after.at.since(at).is_some_and(|age| age <= stale)
                && !is_lacking(&key.metric)
        };
        self.readings.retain(|(key, point)| goes_on(key, &point.at));
        let left = before.readings().iter().filter(|(key, _)| goes_on(key, &before.at));
        let left = left.map(|(key, value)| (key.clone(), Point { at: before.at, value: *value }));
        self.readings.extend(left);
    }

    /// The series of a metric.
    pub(super) fn keys(&self, metric: &str) -> impl Iterator<Item = &Key> {
        self.readings.iter().map(|(key, _)| key).filter(move |key| *key.metric == *metric)
    }

    /// The reading of this series.
    pub(super) fn get(&self, key: &Key) -> Option<Point> {
        self.readings.iter().find(|(one, _)| one == key).map(|(_, point)| *point)
    }

    /// A frame with its own readings and these.
    pub(super) fn with(&self, frame: &Frame) -> Frame {
        let mut all = frame.clone();
        for (key, point) in &self.readings {
            all.add(key.clone(), point.value);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STALE: Duration = Duration::from_secs(30);

    fn frame(second: u64, readings: &[(&str, Option<&str>, f64)]) -> Frame {
        let at = Stamp { run: 1, monotonic_ns: second * 1_000_000_000, unix_ms: 0 };
        let mut frame = Frame::new(at);
        for (metric, site, value) in readings {
            let key = Key::new(*metric);
            frame.add(site.map_or(key.clone(), |site| key.of("site", site)), *value);
        }
        frame
    }

    fn shown(frame: &Frame) -> Vec<String> {
        frame.readings().iter().map(|(key, value)| format!("{key} {value}")).collect()
    }

    #[test]
    fn what_is_read_seldom_is_carried_until_it_is_stale() {
        let mut carried = Carried::default();
        let first = frame(0, &[("fast", None, 1.0), ("slow", None, 7.0)]);
        carried.follow(&Frame::default(), &first, STALE);
        assert_eq!(carried.get(&Key::new("slow")), None);
        let mut before = first.clone();
        for second in 1..=30 {
            let after = frame(second, &[("fast", None, 2.0)]);
            carried.follow(&before, &after, STALE);
            let point = carried.get(&Key::new("slow")).unwrap();
            assert_eq!((point.at, point.value), (first.at, 7.0), "{second}");
            assert_eq!(shown(&carried.with(&after)), ["fast 2", "slow 7"]);
            before = after;
        }
        carried.follow(&before, &frame(31, &[("fast", None, 2.0)]), STALE);
        assert_eq!(carried.get(&Key::new("slow")), None);
    }

    #[test]
    fn what_is_read_anew_or_is_gone_is_not_carried() {
        let mut carried = Carried::default();
        let first = frame(0, &[("site.live", Some("a"), 1.0), ("site.live", Some("b"), 2.0)]);
        let none = frame(1, &[]);
        carried.follow(&first, &none, STALE);
        assert_eq!(carried.keys("site.live").count(), 2);
        // The site `b` is no longer told by name.
        let second = frame(2, &[("site.live", Some("a"), 3.0)]);
        carried.follow(&none, &second, STALE);
        assert_eq!(shown(&carried.with(&second)), ["site.live{site=\"a\"} 3"]);
    }

    #[test]
    fn what_could_not_be_read_is_absent_at_once() {
        for (lacks, is_carried) in
            [("group", false), ("group.limit", false), ("group.lim", true), ("other", true)]
        {
            let mut carried = Carried::default();
            let mut after = frame(1, &[]);
            after.lacks(lacks, "there is no such file");
            carried.follow(&frame(0, &[("group.limit", None, 1.0)]), &after, STALE);
            assert_eq!(carried.get(&Key::new("group.limit")).is_some(), is_carried, "{lacks}");
        }
    }
}
