//! How the series of the process go: memory, and the numbers of threads and tasks.

use super::Look;
use crate::alerts::{Unknown, Verdict};
use crate::analysis::forecast::{self, Forecast, Reach};
use crate::analysis::leak::{self, Leak};
use crate::analysis::patterns::{self, Pattern};
use crate::analysis::sample::Sample;
use crate::analysis::trend::{self, Trend};
use crate::history::Window;
use crate::metric::Metric;
use crate::series::{Key, Point, Series};
use crate::source::{heap, process, tasks};
use std::time::Duration;

/// Points that an analysis looks at, at most: longer windows are thinned.
const POINTS: u32 = 720;
/// From here on minutes are looked at: they are enough for every verdict, and take a sixtieth of
/// the time to read.
const IN_MINUTES: Duration = Duration::from_secs(130 * 60);
/// Probability that a value to come lies within its band.
const BAND: f64 = 0.9;
/// A leak is taken to go on for so many times as long as it was seen: within a window of six hours
/// one is seen that ends within a day.
const LEAK_GOES_ON: u32 = 4;

/// How one series of the process goes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Course {
    /// The series.
    pub key: Key,
    /// Whether it leaks, and how fast it grows.
    pub leak: Leak,
    /// Which way it goes; none of too few points.
    pub trend: Option<Trend>,
    /// Its shapes, the clearest first.
    pub patterns: Vec<Pattern>,
    /// What it will be; none of too few points.
    pub forecast: Option<Forecast>,
    /// When it reaches the limit, where it is what the limit limits.
    pub reach: Option<Reach>,
}

impl Course {
    /// Whether its trend is up.
    pub(super) fn grows(&self) -> bool {
        self.trend.is_some_and(|trend| trend.direction == trend::Direction::Increasing)
    }

    /// The time until a leak reaches the limit, further ahead than a forecast goes. Other growth
    /// is taken to go on for no longer than its forecast: it ends, as that of a morning does.
    pub(super) fn leaks_until(&self, look: &Look<'_>) -> Option<Duration> {
        let left = self.leak.time_to_limit.filter(|_| self.grows())?.likely;
        let seen = span(look).saturating_mul(LEAK_GOES_ON);
        let left = Duration::try_from_secs_f64(left).ok()?;
        (left <= seen.min(look.config.analysis.forecast_horizon)).then_some(left)
    }
}

/// How far back is looked: not into the warm-up.
fn span(look: &Look<'_>) -> Duration {
    let age = look.at.since(&look.began).unwrap_or_default();
    look.config.analysis.window.min(age.saturating_sub(look.config.analysis.warm_up))
}

/// How far apart the points are that are looked at.
fn step(span: Duration) -> Duration {
    let least = if span < IN_MINUTES { 0 } else { 60 };
    (span / POINTS).max(Duration::from_secs(least))
}

/// The part of a series that is looked at, without the warm-up, thinned.
fn sample(look: &Look<'_>, key: &Key) -> Sample {
    let span = span(look);
    let rows = look.history.stepped(key, Window::Last(span), step(span));
    let points = rows.iter().map(|row| Point { at: row.at, value: row.mean });
    let series = Series::new(points.collect());
    Sample::new(&series.seconds(), &series.values())
}

/// How the memory of the process goes.
pub(super) fn memory(look: &Look<'_>) -> Vec<Course> {
    let mut keys = vec![Key::new(process::RESIDENT.name), Key::new(heap::LIVE.name)];
    let bytes = look.limit.as_ref().ok().map(|limit| {
        if !keys.contains(&limit.used) {
            keys.push(limit.used.clone());
        }
        (limit.used.clone(), limit.bytes as f64)
    });
    let horizon = look.config.analysis.forecast_horizon.as_secs_f64();
    let course = |key: Key| {
        let limit = bytes.as_ref().filter(|(used, _)| *used == key).map(|(_, bytes)| *bytes);
        let sample = sample(look, &key);
        // A forecast is worth something for about as long as what was seen.
        let forecast = forecast::forecast(&sample, horizon.min(sample.span()), BAND);
        let now = look.frame.get(&key);
        let reach = forecast.as_ref().zip(limit).zip(now);
        let mut shapes = patterns::patterns(&sample);
        if *key.metric == *heap::LIVE.name {
            shapes.extend(churn(look, &sample));
            shapes.sort_by(|a, b| b.strength.total_cmp(&a.strength));
        }
        Course {
            leak: leak::judge(&sample, limit),
            trend: trend::trend(&sample, trend::Least::default()),
            patterns: shapes,
            reach: reach.map(|((forecast, limit), now)| forecast.reaches(limit, now)),
            forecast,
            key,
        }
    };
    keys.into_iter().map(course).collect()
}

/// How threads and tasks go in number.
pub(super) fn counts(look: &Look<'_>) -> Vec<Course> {
    let course = |metric: Metric| {
        let key = Key::new(metric.name);
        let sample = sample(look, &key);
        Course {
            leak: leak::judge(&sample, None),
            trend: trend::trend(&sample, trend::Least::default()),
            patterns: patterns::count_growth(&sample).into_iter().collect(),
            forecast: None,
            reach: None,
            key,
        }
    };
    [process::THREADS, tasks::LIVE].into_iter().map(course).collect()
}

/// Threads and tasks whose number only grows, by their courses.
pub(super) fn growth(counts: &[Course]) -> Result<Vec<Verdict>, Unknown> {
    let mut verdicts = Vec::new();
    let mut known = None;
    for course in counts {
        let label = if *course.key.metric == *process::THREADS.name { "threads" } else { "tasks" };
        match course.leak.verdict {
            leak::Verdict::Leaking => verdicts.push(Verdict {
                label: "what".to_owned(),
                subject: label.to_owned(),
                score: course.leak.confidence,
                detail: format!(
                    "{label} grow by {:.2} a second and do not end",
                    course.leak.slope.map_or(0.0, |line| line.slope)
                ),
            }),
            leak::Verdict::NotEnough { .. } => known = Some(course.leak.verdict.to_string()),
            _ => {}
        }
    }
    match known {
        Some(why) if verdicts.is_empty() => Err(Unknown::because(why)),
        _ => Ok(verdicts),
    }
}

/// Whether much is allocated while what is held stays: of the heap alone is known both.
fn churn(look: &Look<'_>, held: &Sample) -> Option<Pattern> {
    let span = span(look);
    let (key, step) = (Key::new(heap::ALLOCATED.name), step(span));
    let rows = look.history.stepped(&key, Window::Last(span), step);
    let points = rows.iter().map(|row| Point { at: row.at, value: row.last });
    let longest = look.stale.max(step * 4);
    let rates = Series::new(points.collect()).rate(longest);
    patterns::churn(&Sample::new(&rates.seconds(), &rates.values()), held)
}
