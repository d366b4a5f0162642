//! Points of a chart, made of what the history keeps: put together to a step, as values or rates,
//! with gaps where time is missing.

use super::As;
use memopt_monitor::clock::Stamp;
use memopt_monitor::history::{Summary, Tier};
use serde::{Serialize, Serializer};
use std::time::Duration;

/// How points are wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask {
    pub(super) tier: Tier,
    pub(super) step: Duration,
    pub(super) how: As,
    /// A pause between two readings that is longer is a gap.
    pub(super) longest: Duration,
}

/// A point, or a gap at this time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    at_ms: i64,
    values: Option<[f64; 4]>,
}

impl Point {
    pub(super) fn at_ms(&self) -> i64 {
        self.at_ms
    }
}

impl Serialize for Point {
    /// `[at_ms, min, mean, max, last]`
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let value = |index: usize| self.values.map(|values| values[index]);
        (self.at_ms, value(0), value(1), value(2), value(3)).serialize(to)
    }
}

/// The points, the oldest first.
pub(super) fn points(rows: &[Summary], ask: Ask) -> Vec<Point> {
    let own = ask.tier.step().unwrap_or_default();
    let longest = ask.longest.max(own * 5 / 2);
    let mut out = Points { step: ask.step, longest, all: Vec::new(), open: None };
    let mut before: Option<&Summary> = None;
    for row in rows {
        match ask.how {
            As::Value => out.add(row.at, [row.min, row.mean, row.max, row.last], row.count),
            As::Rate => {
                if let Some(rate) = before.and_then(|before| rate(before, row, longest)) {
                    out.add(row.at, [rate; 4], 1);
                }
                before = Some(row);
            }
        }
    }
    out.close();
    out.all
}

/// What a counter grew by in a second. It did not where it went back: it began anew.
fn rate(before: &Summary, after: &Summary, longest: Duration) -> Option<f64> {
    let time = after.at.since(&before.at).filter(|time| *time <= longest && !time.is_zero())?;
    let grown = after.last - before.last;
    (grown >= 0.0).then(|| grown / time.as_secs_f64())
}

/// Points that are put together.
struct Points {
    step: Duration,
    longest: Duration,
    all: Vec<Point>,
    /// The point that is being put together: its last moment, its values, how many there are.
    open: Option<(Stamp, [f64; 4], u64)>,
}

impl Points {
    fn add(&mut self, at: Stamp, values: [f64; 4], count: u64) {
        let [min, mean, max, last] = values;
        if let Some((newest, open, counted)) = &mut self.open {
            let gap = at.since(newest).is_none_or(|time| time > self.longest);
            let ns = u64::try_from(self.step.as_nanos()).unwrap_or(u64::MAX).max(1);
            if !gap && newest.monotonic_ns / ns == at.monotonic_ns / ns {
                *counted += count;
                let share = count as f64 / (*counted).max(1) as f64;
                let mean = open[1] + (mean - open[1]) * share;
                *open = [open[0].min(min), mean, open[2].max(max), last];
                *newest = at;
                return;
            }
            let from_ms = newest.unix_ms;
            self.close();
            if gap {
                let at_ms = from_ms + (at.unix_ms - from_ms) / 2;
                self.all.push(Point { at_ms, values: None });
            }
        }
        self.open = Some((at, values, count));
    }

    fn close(&mut self) {
        if let Some((at, values, _)) = self.open.take() {
            self.all.push(Point { at_ms: at.unix_ms, values: Some(values) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(run: u32, second: u64, value: f64) -> Summary {
        let at =
            Stamp { run, monotonic_ns: second * 1_000_000_000, unix_ms: second as i64 * 1_000 };
        Summary::one(at, value)
    }

    fn ask(how: As, seconds: u64) -> Ask {
        let longest = Duration::from_secs(30);
        Ask { tier: Tier::Raw, step: Duration::from_secs(seconds), how, longest }
    }

    fn texts(points: &[Point]) -> Vec<String> {
        points.iter().map(|point| serde_json::to_string(point).unwrap()).collect()
    }

    #[test]
    fn readings_of_one_step_are_one_point() {
        let rows = [row(0, 10, 1.0), row(0, 11, 4.0), row(0, 12, 2.0)];
        let points = points(&rows, ask(As::Value, 2));
        assert_eq!(texts(&points), ["[11000,1.0,2.5,4.0,4.0]", "[12000,2.0,2.0,2.0,2.0]"]);
    }

    #[test]
    fn a_pause_and_another_run_are_gaps() {
        let rows = [row(0, 10, 1.0), row(0, 100, 2.0), row(1, 101, 3.0)];
        let points = points(&rows, ask(As::Value, 1));
        assert_eq!(points.iter().filter(|point| point.values.is_none()).count(), 2);
        assert_eq!(texts(&points)[1], "[55000,null,null,null,null]");
    }

    #[test]
    fn readings_a_minute_apart_are_no_gaps_where_that_is_the_interval() {
        let rows = [row(0, 60, 60.0), row(0, 120, 180.0), row(0, 180, 240.0)];
        let longest = Duration::from_secs(180);
        let points = points(&rows, Ask { longest, ..ask(As::Rate, 60) });
        assert_eq!(texts(&points), ["[120000,2.0,2.0,2.0,2.0]", "[180000,1.0,1.0,1.0,1.0]"]);
    }

    #[test]
    fn rates_are_a_second_and_have_no_spike_where_a_counter_began_anew() {
        let rows = [row(0, 10, 100.0), row(0, 12, 300.0), row(0, 13, 5.0), row(0, 14, 6.0)];
        let points = points(&rows, ask(As::Rate, 1));
        let told: Vec<f64> = points.iter().filter_map(|it| it.values).map(|it| it[3]).collect();
        assert_eq!(told, [100.0, 1.0]);
    }
}
