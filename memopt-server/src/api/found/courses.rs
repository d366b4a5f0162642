//! How the series of the process go: shapes, trends, forecasts.

use crate::answer::{List, Part};
use crate::app::Shared;
use crate::extract::Query;
use crate::problem::Problem;
use axum::extract::State;
use axum::response::Json;
use memopt_monitor::Snapshot;
use memopt_monitor::analysis::forecast::Reach;
use memopt_monitor::analysis::patterns::Kind;
use memopt_monitor::engine::Course;
use memopt_report::units;
use serde::Serialize;
use utoipa::ToSchema;

/// A shape of a series.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PatternItem {
    metric: String,
    label: Option<String>,
    unit: &'static str,
    /// `spike`, `steady_growth`, `sawtooth`, `step`, `plateau`, `seasonal`, `count_growth`,
    /// `churn`.
    kind: &'static str,
    from_ms: i64,
    to_ms: i64,
    strength_ratio: f64,
    text: String,
}

/// Which way a series goes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrendItem {
    metric: String,
    label: Option<String>,
    unit: &'static str,
    /// `increasing`, `decreasing`, `stable`.
    direction: String,
    slope_per_second: f64,
    slope_low: f64,
    slope_high: f64,
    /// From the first value to the last.
    change: f64,
    change_ratio: f64,
    /// When it began; null of a stable series.
    since_ms: Option<i64>,
    /// Kendall's τ.
    tau: f64,
    /// Probability of as much by chance.
    p: f64,
    persistence_ratio: f64,
    verdict: VerdictItem,
}

/// Whether a series leaks.
#[derive(Debug, Serialize, ToSchema)]
struct VerdictItem {
    /// `leaking`, `growing`, `healthy`, `not_enough`.
    name: &'static str,
    text: String,
    confidence_ratio: f64,
}

/// What a series will be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ForecastItem {
    metric: String,
    label: Option<String>,
    unit: &'static str,
    /// The model that missed least.
    model: String,
    /// Its mean absolute miss, on the past.
    miss: f64,
    last_at_ms: i64,
    last: Option<f64>,
    /// `[at_ms, low, value, high]`
    #[schema(value_type = Vec<[f64; 4]>)]
    bands: Vec<(i64, f64, f64, f64)>,
    /// How probably a value lies in its band.
    probability_ratio: f64,
    /// What the limit in force allows, where it limits this series.
    limit_bytes: Option<u64>,
    reach: Option<ReachItem>,
}

/// When a limit is reached.
#[derive(Debug, Serialize, ToSchema)]
struct ReachItem {
    /// `already`, `within`, `not_within`.
    state: &'static str,
    earliest_seconds: Option<f64>,
    likely_seconds: Option<f64>,
    latest_seconds: Option<f64>,
    text: String,
}

impl ReachItem {
    fn of(reach: &Reach) -> Self {
        let (state, earliest_seconds, likely_seconds, latest_seconds) = match *reach {
            Reach::Already => ("already", None, None, None),
            Reach::Within { earliest, likely, latest } => {
                ("within", Some(earliest), likely, latest)
            }
            _ => ("not_within", None, None, None),
        };
        let text = reach.to_string();
        Self { state, earliest_seconds, likely_seconds, latest_seconds, text }
    }
}

/// How probably a value lies in its band, as the monitor forecasts.
const PROBABILITY: f64 = 0.9;

/// The courses of the process, with when what was looked at began.
fn courses(app: &Shared) -> Result<(Snapshot, i64), Problem> {
    let now = app.published()?;
    let analysis = &now.config.analysis;
    let at = now.found.at.unwrap_or(now.at);
    let age = at.since(&now.began).unwrap_or_default().saturating_sub(analysis.warm_up);
    let span = analysis.window.min(age);
    let begin_ms = at.unix_ms.saturating_sub(span.as_millis() as i64);
    Ok((now, begin_ms))
}

/// The unit of a series, and numbers of it as people write them.
fn unit(app: &Shared, course: &Course) -> &'static str {
    let metric = app.metrics().get(&*course.key.metric);
    metric.map_or("count", |metric| crate::api::metrics::unit(metric.unit))
}

fn label(course: &Course) -> Option<String> {
    course.key.label.as_ref().map(|(_, value)| value.to_string())
}

fn after(begin_ms: i64, seconds: f64) -> i64 {
    begin_ms.saturating_add((seconds * 1_000.0) as i64)
}

/// Shapes of the series of the process, the clearest first
#[utoipa::path(
    get, path = "/patterns", tag = "found", params(Part),
    responses((status = 200, body = List<PatternItem>)),
)]
pub(in crate::api) async fn patterns(
    State(app): State<Shared>,
    Query(part): Query<Part>,
) -> Result<Json<List<PatternItem>>, Problem> {
    let (now, begin_ms) = courses(&app)?;
    let mut items = Vec::new();
    for course in &now.found.courses {
        let unit = unit(&app, course);
        let number = |value: f64| match unit {
            "bytes" => units::signed_bytes(value as i64),
            _ => units::mean(value),
        };
        items.extend(course.patterns.iter().map(|pattern| PatternItem {
            metric: course.key.metric.to_string(),
            label: label(course),
            unit,
            kind: kind(&pattern.kind),
            from_ms: after(begin_ms, pattern.from),
            to_ms: after(begin_ms, pattern.to),
            strength_ratio: pattern.strength,
            text: pattern.told(number),
        }));
    }
    items.sort_by(|a, b| b.strength_ratio.total_cmp(&a.strength_ratio));
    app.list(part, items).map(Json)
}

fn kind(kind: &Kind) -> &'static str {
    match kind {
        Kind::Spike { .. } => "spike",
        Kind::SteadyGrowth { .. } => "steady_growth",
        Kind::Sawtooth { .. } => "sawtooth",
        Kind::Step { .. } => "step",
        Kind::Plateau { .. } => "plateau",
        Kind::Seasonal { .. } => "seasonal",
        Kind::CountGrowth { .. } => "count_growth",
        _ => "churn",
    }
}

/// Which way the series of the process go
#[utoipa::path(
    get, path = "/trends", tag = "found", params(Part),
    responses((status = 200, body = List<TrendItem>)),
)]
pub(in crate::api) async fn trends(
    State(app): State<Shared>,
    Query(part): Query<Part>,
) -> Result<Json<List<TrendItem>>, Problem> {
    let (now, begin_ms) = courses(&app)?;
    let mut items = Vec::new();
    for course in &now.found.courses {
        let Some(trend) = &course.trend else { continue };
        let verdict = &course.leak.verdict;
        items.push(TrendItem {
            metric: course.key.metric.to_string(),
            label: label(course),
            unit: unit(&app, course),
            direction: trend.direction.to_string(),
            slope_per_second: trend.slope.slope,
            slope_low: trend.slope.low,
            slope_high: trend.slope.high,
            change: trend.change,
            change_ratio: trend.share,
            since_ms: trend.since.map(|seconds| after(begin_ms, seconds)),
            tau: trend.tau,
            p: trend.p,
            persistence_ratio: trend.persistence,
            verdict: VerdictItem {
                name: verdict.name(),
                text: verdict.to_string(),
                confidence_ratio: course.leak.confidence,
            },
        });
    }
    app.list(part, items).map(Json)
}

/// What the series of the process will be
#[utoipa::path(
    get, path = "/forecast", tag = "found", params(Part),
    responses((status = 200, body = List<ForecastItem>)),
)]
pub(in crate::api) async fn forecast(
    State(app): State<Shared>,
    Query(part): Query<Part>,
) -> Result<Json<List<ForecastItem>>, Problem> {
    let (now, _) = courses(&app)?;
    let last_at_ms = now.found.at.unwrap_or(now.at).unix_ms;
    let mut items = Vec::new();
    for course in &now.found.courses {
        let Some(forecast) = &course.forecast else { continue };
        let limit = now.limit.as_ref().ok().filter(|limit| limit.used == course.key);
        let band = |band: &memopt_monitor::analysis::forecast::Band| {
            (after(last_at_ms, band.after), band.low, band.value, band.high)
        };
        items.push(ForecastItem {
            metric: course.key.metric.to_string(),
            label: label(course),
            unit: unit(&app, course),
            model: forecast.model.to_string(),
            miss: forecast.miss,
            last_at_ms,
            last: now.frame.get(&course.key),
            bands: forecast.bands.iter().map(band).collect(),
            probability_ratio: PROBABILITY,
            limit_bytes: limit.map(|limit| limit.bytes),
            reach: course.reach.as_ref().map(ReachItem::of),
        });
    }
    app.list(part, items).map(Json)
}
