//! Values over time: which they are, and what was seen of them.

use crate::clock::Stamp;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Names a series: a metric, and a label's value if the metric has one.
///
/// Its `Display` is `heap.live` or `site.live{site="parse"}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The name of the metric.
    pub metric: Arc<str>,
    /// The label and its value.
    pub label: Option<(Arc<str>, Arc<str>)>,
}

impl Key {
    /// The series of a metric of the whole process.
    pub fn new(metric: impl Into<Arc<str>>) -> Self {
        Self { metric: metric.into(), label: None }
    }

    /// The series of a metric for one thing.
    #[must_use]
    pub fn of(self, label: impl Into<Arc<str>>, value: impl Into<Arc<str>>) -> Self {
        Self { label: Some((label.into(), value.into())), ..self }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.metric)?;
        match &self.label {
            Some((name, value)) => write!(f, "{{{name}={value:?}}}"),
            None => Ok(()),
        }
    }
}

/// One value, and when it was seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// When.
    pub at: Stamp,
    /// What.
    pub value: f64,
}

/// The points of one series, the oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    points: Vec<Point>,
}

impl Series {
    /// A series of these points, the oldest first.
    pub fn new(points: Vec<Point>) -> Self {
        Self { points }
    }

    /// The points, the oldest first.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// The newest point.
    pub fn last(&self) -> Option<&Point> {
        self.points.last()
    }

    /// The values without their times.
    pub fn values(&self) -> Vec<f64> {
        self.points.iter().map(|point| point.value).collect()
    }

    /// Seconds from the first point to each. Between two runs they are those of the wall clock, and
    /// 0 if it was set backward.
    pub fn seconds(&self) -> Vec<f64> {
        let mut now = 0.0;
        let mut before: Option<&Point> = None;
        let seconds = self.points.iter().map(|point| {
            if let Some(before) = before {
                now += step(before, point).as_secs_f64();
            }
            before = Some(point);
            now
        });
        seconds.collect()
    }

    /// The growth of a counter per second between each two points, at the time of the later one.
    ///
    /// Two points of different runs, two that lie more than `longest` apart, and a counter that
    /// went back give no rate: a gap, never a spike.
    #[must_use]
    pub fn rate(&self, longest: Duration) -> Self {
        let rates = self.points.windows(2).filter_map(|pair| {
            let time = pair[1].at.since(&pair[0].at).filter(|time| *time <= longest)?;
            let grown = pair[1].value - pair[0].value;
            (grown >= 0.0 && !time.is_zero())
                .then(|| Point { at: pair[1].at, value: grown / time.as_secs_f64() })
        });
        Self { points: rates.collect() }
    }

    /// The parts between gaps: pauses longer than `longest`, and changes of the run.
    pub fn parts(&self, longest: Duration) -> impl Iterator<Item = &[Point]> {
        self.points.chunk_by(move |a, b| b.at.since(&a.at).is_some_and(|time| time <= longest))
    }
}

/// Time from one point to the next.
fn step(before: &Point, after: &Point) -> Duration {
    after.at.since(&before.at).unwrap_or_else(|| {
        Duration::from_millis((after.at.unix_ms - before.at.unix_ms).max(0) as u64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(points: &[(u32, u64, f64)]) -> Series {
        let point = |&(run, seconds, value): &(u32, u64, f64)| Point {
            at: Stamp {
                run,
                monotonic_ns: seconds * 1_000_000_000,
                unix_ms: i64::from(run) * 3_600_000 + seconds as i64 * 1_000,
            },
            value,
        };
        Series::new(points.iter().map(point).collect())
    }

    #[test]
    fn keys_read_as_people_write_them() {
        assert_eq!(Key::new("heap.live").to_string(), "heap.live");
        let key = Key::new("site.live").of("site", "a \"b\"");
        assert_eq!(key.to_string(), r#"site.live{site="a \"b\""}"#);
    }

    #[test]
    fn a_reset_and_a_pause_are_gaps() {
        let counter = series(&[
            (0, 0, 100.0),
            (0, 1, 150.0),
            (0, 2, 10.0),
            (0, 3, 30.0),
            (0, 60, 9_000.0),
            (1, 1, 9_500.0),
            (1, 2, 9_501.0),
        ]);
        let rates = counter.rate(Duration::from_secs(5));
        assert_eq!(rates.values(), [50.0, 20.0, 1.0]);
        assert_eq!(counter.parts(Duration::from_secs(5)).count(), 3);
    }

    #[test]
    fn time_goes_on_between_two_runs() {
        let seconds = series(&[(0, 10, 1.0), (0, 12, 1.0), (1, 0, 1.0), (1, 5, 1.0)]).seconds();
        assert_eq!(seconds, [0.0, 2.0, 3_590.0, 3_595.0]);
    }
}
