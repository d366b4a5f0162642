//! What changed in a marked window: all series, ranked.

use super::SeriesName;
use crate::answer::Answer;
use crate::api::history::{As, Range};
use crate::app::Shared;
use crate::extract::{Query, When};
use crate::problem::Problem;
use axum::extract::State;
use axum::response::Json;
use memopt_monitor::advice::changed::{self, Direction, Summary, Window as Marked};
use memopt_monitor::history::Window;
use memopt_monitor::metric::Kind;
use memopt_monitor::series::{Key, Series};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

/// What changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Changed {
    from_ms: i64,
    to_ms: i64,
    /// Series that were compared.
    compared: usize,
    /// Series with too few values for a word.
    too_few: usize,
    /// The most unusual first.
    items: Vec<SeriesChange>,
    /// Series with values in the window and none before.
    appeared: Vec<SeriesName>,
    /// Series with values before the window and none in it.
    vanished: Vec<SeriesName>,
}

/// How one series differed.
#[derive(Debug, Serialize, ToSchema)]
struct SeriesChange {
    metric: String,
    label: Option<String>,
    unit: &'static str,
    r#as: As,
    /// `low`, `level`, `high`: which values moved most.
    part: &'static str,
    /// `up`, `down`.
    direction: &'static str,
    /// By how many standard deviations.
    effect: f64,
    /// 0 to 1; the boundary is 0.5.
    score: f64,
    before: SummaryItem,
    within: SummaryItem,
}

/// What values did.
#[derive(Debug, Serialize, ToSchema)]
struct SummaryItem {
    median: f64,
    spread: f64,
    points: usize,
}

impl SummaryItem {
    fn of(summary: &Summary) -> Self {
        Self { median: summary.median, spread: summary.spread, points: summary.points }
    }
}

/// Which window.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Asked {
    /// ms since 1970, or a duration before now.
    #[param(value_type = Option<String>)]
    from: Option<When>,
    /// ms since 1970, or a duration before now.
    #[param(value_type = Option<String>)]
    to: Option<When>,
    /// Series that are told, 500 at most. Absent: 50.
    #[param(maximum = 500)]
    limit: Option<usize>,
}

/// Series that are told at most.
const MOST: usize = 500;
/// Windows before the marked one that it is compared with.
const BEFORE: i64 = 16;
/// A counter's rate is not taken over a longer pause, unless readings lie farther apart.
const PAUSE: Duration = Duration::from_secs(150);

/// What changed in a marked window
#[utoipa::path(
    get, path = "/changed", tag = "found", params(Asked),
    responses(
        (status = 200, body = Answer<Changed>),
        (status = 422, body = crate::problem::ProblemDocument),
    ),
)]
pub(in crate::api) async fn changed(
    State(app): State<Shared>,
    Query(asked): Query<Asked>,
) -> Result<Json<Answer<Changed>>, Problem> {
    let range = Range::of(asked.from, asked.to, None)?;
    let limit = asked.limit.unwrap_or(50).min(MOST);
    let metrics = Arc::clone(app.metrics());
    let own = Arc::clone(&app);
    let work = move || {
        let length = range.to_ms.saturating_sub(range.from_ms);
        let from = range.from_ms.saturating_sub(length.saturating_mul(BEFORE));
        let history = own.monitor.history();
        let window = Window::between(from, range.to_ms);
        // Long windows are looked at by minutes: no more than some thousand points a series.
        let step = Duration::from_millis((length / 200).max(1) as u64);
        let longest = PAUSE.max(own.stale_after());
        let series = |key: Key| {
            let rows = history.stepped(&key, window, step);
            let point = |row: &memopt_monitor::history::Summary| memopt_monitor::series::Point {
                at: row.at,
                value: row.last,
            };
            let series = Series::new(rows.iter().map(point).collect());
            let counts = metrics.get(&*key.metric).is_some_and(|it| it.kind == Kind::Counter);
            let series = if counts { series.rate(longest.max(step * 3)) } else { series };
            (key, series)
        };
        let all: Vec<(Key, Series)> = history.keys().into_iter().map(series).collect();
        let marked = Marked { from_unix_ms: range.from_ms, to_unix_ms: range.to_ms };
        let found = changed::changed(marked, limit, all.iter().map(|(key, it)| (key, it.points())));
        let item = |one: &changed::Change| {
            let metric = metrics.get(&*one.key.metric);
            let counts = metric.is_some_and(|it| it.kind == Kind::Counter);
            let SeriesName { metric: name, label } = SeriesName::of(&one.key);
            SeriesChange {
                metric: name,
                label,
                unit: metric.map_or("count", |it| crate::api::metrics::unit(it.unit)),
                r#as: if counts { As::Rate } else { As::Value },
                part: match one.part {
                    changed::Part::Low => "low",
                    changed::Part::Level => "level",
                    changed::Part::High => "high",
                },
                direction: if one.direction == Direction::Up { "up" } else { "down" },
                effect: one.effect,
                score: one.score,
                before: SummaryItem::of(&one.before),
                within: SummaryItem::of(&one.within),
            }
        };
        Changed {
            from_ms: range.from_ms,
            to_ms: range.to_ms,
            compared: found.compared,
            too_few: found.too_few,
            items: found.ranked.iter().map(item).collect(),
            appeared: found.appeared.iter().map(|(key, _)| SeriesName::of(key)).collect(),
            vanished: found.vanished.iter().map(|(key, _)| SeriesName::of(key)).collect(),
        }
    };
    let changed = app.workers.costly(work).await?;
    Ok(Json(app.answer(changed)))
}
