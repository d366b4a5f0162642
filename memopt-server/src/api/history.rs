//! Values over time, as charts draw them.

mod points;

use self::points::{Ask, Point, points};
use crate::answer::{Answer, now_ms};
use crate::app::{App, Shared};
use crate::extract::{Length, Query, When, several};
use crate::problem::{Field, Problem};
use axum::extract::State;
use axum::response::Json;
use memopt_monitor::history::{Tier, Window};
use memopt_monitor::metric::{Kind, Metric};
use memopt_monitor::series::Key;
use memopt_units::did_you_mean;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

/// Values over time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct History {
    metric: &'static str,
    /// `bytes`, `seconds`, `ratio`, `count`; of rates a second.
    unit: &'static str,
    /// `gauge`, `counter`.
    kind: &'static str,
    /// `value` or `rate`.
    r#as: As,
    /// The name of the label, if the metric has one.
    label_name: Option<&'static str>,
    from_ms: i64,
    to_ms: i64,
    step_ms: i64,
    /// `raw`, `minute`, `hour`: how fine what is kept is that the points were made of.
    tier: &'static str,
    series: Vec<SeriesItem>,
    /// Series that are left out.
    dropped: usize,
}

/// One series.
#[derive(Debug, Serialize, ToSchema)]
struct SeriesItem {
    /// The value of the label; null for the process.
    label: Option<String>,
    /// Each is `[at_ms, min, mean, max, last]`; nulls are a gap.
    #[schema(value_type = Vec<[Option<f64>; 5]>)]
    points: Vec<Point>,
}

/// What is told of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum As {
    /// The values.
    Value,
    /// What they grow by in a second.
    Rate,
}

/// Which series, of which time.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// The metric.
    metric: String,
    /// The value of its label; may be given several times.
    #[param(value_type = Option<Vec<String>>)]
    label: Option<String>,
    /// ms since 1970, or a duration before now. Absent: 15 minutes ago.
    #[param(value_type = Option<String>)]
    from: Option<When>,
    /// ms since 1970, or a duration before now. Absent: now.
    #[param(value_type = Option<String>)]
    to: Option<When>,
    /// ms, or a duration. Absent: a 600th of the time.
    #[param(value_type = Option<String>)]
    step: Option<Length>,
    /// `value` or `rate`. Absent: `rate` of counters.
    #[param(inline)]
    r#as: Option<As>,
    /// Series that are told where no label is given, 100 at most. Absent: 10.
    #[param(maximum = 100)]
    top: Option<usize>,
}

/// Points of a series, where no step is given.
const POINTS: i64 = 600;
/// Points of a series at most.
const MOST_POINTS: i64 = 10_000;
/// The time where none is given.
const LAST_MS: i64 = 15 * 60 * 1_000;
const MOST_SERIES: usize = 100;
/// Points of all series of an answer together.
const MOST_TOGETHER: i64 = 100_000;

/// A metric over time
#[utoipa::path(
    get, path = "/metrics/history", tag = "now", params(Asked),
    responses(
        (status = 200, body = Answer<History>),
        (status = 404, body = crate::problem::ProblemDocument),
        (status = 422, body = crate::problem::ProblemDocument),
    ),
)]
pub(super) async fn history(
    State(app): State<Shared>,
    Query(asked): Query<Asked>,
) -> Result<Json<Answer<History>>, Problem> {
    let metric = app.metric(&asked.metric)?;
    let range = Range::of(asked.from, asked.to, asked.step)?;
    let top = asked.top.unwrap_or(10).min(MOST_SERIES);
    let labels: Option<Vec<Arc<str>>> = asked
        .label
        .as_deref()
        .map(|labels| several(labels).take(MOST_SERIES).map(Arc::from).collect());
    let how = asked.r#as.unwrap_or(if metric.kind == Kind::Counter { As::Rate } else { As::Value });
    let own = Arc::clone(&app);
    let told = app
        .workers
        .short(move || {
            let (mut keys, mut dropped) = own.keys(metric, labels, top);
            // Many series over many points would be memory of the program.
            let points = (range.to_ms.saturating_sub(range.from_ms) / range.step_ms.max(1)).max(1);
            let most = (MOST_TOGETHER / points).max(1) as usize;
            dropped += keys.len().saturating_sub(most);
            keys.truncate(most);
            let (tier, series) = series(&own, &keys, range, how);
            (tier, series, dropped)
        })
        .await?;
    let (tier, series, dropped) = told;
    Ok(Json(app.answer(History {
        metric: metric.name,
        unit: super::metrics::unit(metric.unit),
        kind: super::metrics::kind(metric.kind),
        r#as: how,
        label_name: metric.label,
        from_ms: range.from_ms,
        to_ms: range.to_ms,
        step_ms: range.step_ms,
        tier: tier.name(),
        series,
        dropped,
    })))
}

/// A time, and how far points lie apart.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_field_names, reason = "the unit of a time stands in its name")]
pub(crate) struct Range {
    pub(crate) from_ms: i64,
    pub(crate) to_ms: i64,
    pub(crate) step_ms: i64,
}

impl Range {
    pub(crate) fn of(
        from: Option<When>,
        to: Option<When>,
        step: Option<Length>,
    ) -> Result<Self, Problem> {
        let to_ms = to.map_or_else(now_ms, |it| it.0);
        let from_ms = from.map_or(to_ms.saturating_sub(LAST_MS), |it| it.0);
        let length = to_ms.saturating_sub(from_ms);
        if length <= 0 {
            return Err(Problem::parameter(Field::new("from", "it must be before `to`")));
        }
        let step_ms = step.map_or((length / POINTS).max(1), |it| it.0);
        if length / step_ms > MOST_POINTS {
            let detail = format!("that is more than {MOST_POINTS} points: give a longer step");
            return Err(Problem::parameter(Field::new("step", detail)));
        }
        Ok(Self { from_ms, to_ms, step_ms })
    }
}

/// The series, of the coarsest tier that is fine enough, or a coarser one where that reaches
/// farther back into the time.
fn series(app: &App, keys: &[Key], range: Range, how: As) -> (Tier, Vec<SeriesItem>) {
    let step = Duration::from_millis(range.step_ms as u64);
    let fine = match range.step_ms {
        3_600_000.. => Tier::Hour,
        60_000.. => Tier::Minute,
        _ => Tier::Raw,
    };
    let window = Window::between(range.from_ms, range.to_ms);
    let longest = app.stale_after();
    let coarser = Tier::ALL.into_iter().filter(|tier| *tier >= fine);
    let mut told = (fine, Vec::new());
    let mut begins_ms = i64::MAX;
    for tier in coarser {
        let ask = Ask { tier, step, how, longest };
        let item = |key: &Key| SeriesItem {
            label: key.label.as_ref().map(|(_, value)| value.to_string()),
            points: points(&app.monitor.history().summaries(key, window, tier), ask),
        };
        let series: Vec<SeriesItem> = keys.iter().map(item).collect();
        // A point of a tier stands at its end.
        let own_ms = tier.step().map_or(0, |own| 2 * own.as_millis() as i64);
        let slack_ms = range.step_ms.saturating_mul(2).saturating_add(own_ms);
        let first_ms = series.iter().filter_map(|one| one.points.first()).map(Point::at_ms).min();
        let is_farther = first_ms.is_some_and(|first| first.saturating_add(slack_ms) < begins_ms);
        if is_farther || told.1.is_empty() {
            begins_ms = first_ms.unwrap_or(begins_ms);
            told = (tier, series);
        }
        if begins_ms <= range.from_ms.saturating_add(slack_ms) {
            break;
        }
    }
    told
}

impl App {
    /// The metric of this name.
    pub(crate) fn metric(&self, name: &str) -> Result<Metric, Problem> {
        let all = self.metrics();
        all.get(name).copied().ok_or_else(|| {
            let near = did_you_mean(name, all.keys().copied());
            Problem::missing(format!("there is no metric `{name}`{near}"))
        })
    }

    /// The series of a metric with these labels, or those with the largest newest values. And how
    /// many are left out.
    fn keys(&self, metric: Metric, labels: Option<Vec<Arc<str>>>, top: usize) -> (Vec<Key>, usize) {
        let of = |value: Arc<str>| match metric.label {
            Some(label) => Key::new(metric.name).of(label, value),
            None => Key::new(metric.name),
        };
        if let Some(labels) = labels {
            let mut keys: Vec<Key> = labels.into_iter().map(of).collect();
            let mut seen = HashSet::new();
            keys.retain(|key| seen.insert(key.clone()));
            return (keys, 0);
        }
        let history = self.monitor.history();
        let all = history.keys().into_iter().filter(|key| *key.metric == *metric.name);
        let value = |key: &Key| history.latest(key).map_or(f64::NEG_INFINITY, |it| it.value);
        let mut all: Vec<(f64, Key)> = all.map(|key| (value(&key), key)).collect();
        all.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let dropped = all.len().saturating_sub(top);
        (all.into_iter().take(top).map(|(_, key)| key).collect(), dropped)
    }

    /// What a counter grew by in a second, over the last seconds: over three intervals at least.
    pub(crate) fn rate(&self, key: &Key) -> Option<f64> {
        let interval = self.monitor.published().map_or(Duration::ZERO, |now| now.interval);
        let window = Window::Last(Duration::from_secs(10).max(interval.saturating_mul(3)));
        let rates = self.monitor.history().series(key, window).rate(self.stale_after());
        let values = rates.values();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }
}
