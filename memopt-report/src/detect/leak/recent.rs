//! What a place did lately, beside what it did in all: a leak that begins late shows before it has
//! gone on for as long as the program.
//!
//! Two series take turns: each is kept for one span, and the next one begins in the middle of it.
//! What is lower than it was before is no leak, however steadily it rises: a day comes again.

use super::limits;
use super::series::{Point, Series};
use super::trend::mann_kendall;
use std::collections::VecDeque;

/// The newest stretch of time of a place.
#[derive(Clone, Debug)]
pub(super) struct Recent {
    span_ns: u64,
    /// When the place was seen first.
    first_ns: u64,
    older: Turn,
    newer: Option<Turn>,
    /// Floors of the turns that are over, the newest last.
    floors: VecDeque<u64>,
}

/// One of the series.
#[derive(Clone, Debug)]
struct Turn {
    began_ns: u64,
    series: Series<Point>,
    /// The highest floor before it began.
    before: u64,
}

/// What is to be judged.
#[derive(Debug)]
pub(super) struct Lately {
    pub(super) windows: Vec<Point>,
    /// What the place held at most for long, before.
    pub(super) before: u64,
}

impl Turn {
    fn new(began_ns: u64, before: u64) -> Self {
        Self { began_ns, series: Series::short(), before }
    }

    /// The highest of the lowest of its windows: what was held for a while, at most. None of one
    /// that rises throughout: a leak that goes on must not hide itself, and a day that rises has
    /// its height in the next turn.
    fn floor(&self) -> u64 {
        let Some(windows) = self.series.windows() else { return 0 };
        let floors: Vec<f64> = windows.iter().map(|window| window.bytes as f64).collect();
        let trend = mann_kendall(&floors);
        if trend.p <= limits::ALPHA && trend.tau >= limits::MIN_TAU {
            return 0;
        }
        windows.iter().map(|window| window.bytes).max().unwrap_or(0)
    }
}

impl Recent {
    pub(super) fn new(span_ns: u64, at_ns: u64) -> Self {
        Self {
            span_ns: span_ns.max(1),
            first_ns: at_ns,
            older: Turn::new(at_ns, 0),
            newer: None,
            floors: VecDeque::new(),
        }
    }

    /// Looks back so far from the next point on.
    pub(super) fn look_back(&mut self, span_ns: u64) {
        self.span_ns = span_ns.max(1);
    }

    pub(super) fn push(&mut self, point: Point) {
        let at = point.at_ns;
        let is_over = |turn: &Turn, span: u64| at.saturating_sub(turn.began_ns) >= span;
        if is_over(&self.older, self.span_ns)
            && let Some(newer) = self.newer.take()
        {
            let over = std::mem::replace(&mut self.older, newer);
            if self.floors.len() == limits::TURNS {
                self.floors.pop_front();
            }
            self.floors.push_back(over.floor());
        }
        if is_over(&self.older, self.span_ns / 2) && self.newer.is_none() {
            let before = self.highest().max(self.older.floor());
            self.newer = Some(Turn::new(at, before));
        }
        self.older.series.push(point);
        if let Some(newer) = &mut self.newer {
            newer.series.push(point);
        }
    }

    fn highest(&self) -> u64 {
        self.floors.iter().copied().max().unwrap_or(0)
    }

    /// What is to be judged where the place holds so many bytes now: the longer stretch, then the
    /// shorter one. Nothing before a day was seen, nothing that was held before, and nothing of a
    /// stretch in which the site was called more and more often: what it holds follows its load
    /// then.
    pub(super) fn stretches(&self, now_ns: u64, bytes: u64) -> impl Iterator<Item = Lately> + '_ {
        let seen_ns = now_ns.saturating_sub(self.first_ns);
        let turns = [Some(&self.older), self.newer.as_ref()].into_iter().flatten();
        turns.filter_map(move |turn| {
            let age_ns = now_ns.saturating_sub(turn.began_ns);
            // PERF: asked first, as most places hold about what they held.
            let is_above = turn.before as f64 <= (1.0 - limits::MIN_RISE_OF_LIVE) * bytes as f64;
            if !is_above || seen_ns < limits::SEEN_NS || age_ns < self.span_ns / limits::YOUNG {
                return None;
            }
            let windows = turn.series.windows()?;
            (!is_called_more(&windows)).then_some(Lately { windows, before: turn.before })
        })
    }
}

/// Whether the site's calls became more frequent, from the first third to the last.
fn is_called_more(windows: &[Point]) -> bool {
    let rate = |from: &Point, to: &Point| {
        let time = to.at_ns.saturating_sub(from.at_ns).max(1) as f64;
        to.calls.saturating_sub(from.calls) as f64 / time
    };
    let (third, end) = (windows.len() / 3, windows.len() - 1);
    let (early, late) =
        (rate(&windows[0], &windows[third]), rate(&windows[end - third], &windows[end]));
    late > early * limits::BUSIER
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000_000_000;

    /// A place that is seen each minute; what it holds and how often it was called, by the hour.
    fn seen(hours: u64, held: impl Fn(f64) -> f64, calls: impl Fn(f64) -> f64) -> (Recent, u64) {
        let mut recent = Recent::new(6 * HOUR, 0);
        let minutes = hours * 60;
        for minute in 0..=minutes {
            let hour = minute as f64 / 60.0;
            let bytes = held(hour) as u64;
            let (at_ns, calls) = (minute * HOUR / 60, calls(hour) as u64);
            recent.push(Point { at_ns, calls, bytes, most: bytes, ..Point::default() });
        }
        (recent, hours * HOUR)
    }

    /// Whatever the place holds.
    fn judged(recent: &Recent, now: u64) -> Vec<u64> {
        recent.stretches(now, u64::MAX).map(|lately| lately.before).collect()
    }

    #[test]
    fn two_series_take_turns_and_know_what_was_before() {
        // The hour is what is held, up to the tenth hour; then it is level.
        let (recent, now) = seen(30, |hour| 100.0 * hour.min(10.0), |_| 0.0);
        // The newer one has just begun.
        let lately: Vec<Lately> = recent.stretches(now, 1_250).collect();
        assert_eq!(lately.len(), 1);
        assert_eq!(lately[0].before, 1_000);
        let windows = &lately[0].windows;
        let span = windows[windows.len() - 1].at_ns - windows[0].at_ns;
        assert!((2 * HOUR..=3 * HOUR).contains(&span), "{span}");
        assert!(windows.iter().all(|window| window.bytes == 1_000));
        assert_eq!(recent.stretches(now, 1_249).count(), 0, "no fifth more than before");
    }

    #[test]
    fn what_rises_throughout_does_not_hide_itself() {
        // It is level for twelve hours and rises by 100 an hour without end.
        let (recent, now) = seen(31, |hour| 500.0 + 100.0 * (hour - 12.0).max(0.0), |_| 0.0);
        assert_eq!(judged(&recent, now), [500, 500]);
    }

    #[test]
    fn nothing_is_judged_before_a_day_was_seen_nor_of_a_few_minutes() {
        let judged = |hours: u64| {
            let (recent, now) = seen(hours, |_| 1.0, |_| 0.0);
            judged(&recent, now).len()
        };
        assert_eq!(judged(23), 0);
        assert_eq!(judged(27), 1, "the newer one has just begun");
        assert_eq!(judged(28), 2);
    }

    #[test]
    fn a_site_that_is_called_more_often_is_not_judged() {
        let even = |hour: f64| 1_000.0 * hour;
        let (recent, now) = seen(29, |_| 1.0, even);
        assert_eq!(judged(&recent, now).len(), 2);
        let busier = |hour: f64| 1_000.0 * hour + 1_000.0 * (hour - 24.0).max(0.0).powi(2);
        let (recent, now) = seen(29, |_| 1.0, busier);
        assert!(judged(&recent, now).is_empty());
    }
}
