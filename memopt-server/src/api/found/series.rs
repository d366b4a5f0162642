//! What behaves unusually now, and the risk.

use crate::answer::{Answer, List, Part};
use crate::app::Shared;
use crate::extract::Query;
use crate::problem::Problem;
use axum::extract::State;
use axum::response::Json;
use memopt_monitor::analysis::risk::Cause;
use serde::Serialize;
use utoipa::ToSchema;

/// How unusual a series is now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnomalyItem {
    metric: String,
    label: Option<String>,
    unit: &'static str,
    /// 0 to 1.
    score: f64,
    /// From 0.5 on.
    is_anomaly: bool,
    detail: String,
}

/// The score from which on a series is an anomaly.
const BOUNDARY: f64 = 0.5;

/// How unusual series are now, the most unusual first
#[utoipa::path(
    get, path = "/anomalies", tag = "found", params(Part),
    responses((status = 200, body = List<AnomalyItem>)),
)]
pub(in crate::api) async fn anomalies(
    State(app): State<Shared>,
    Query(part): Query<Part>,
) -> Result<Json<List<AnomalyItem>>, Problem> {
    let (now, metrics) = (app.published()?, app.metrics());
    let item = |one: &memopt_monitor::engine::Anomaly| {
        let metric = metrics.get(&*one.key.metric);
        AnomalyItem {
            metric: one.key.metric.to_string(),
            label: one.key.label.as_ref().map(|(_, value)| value.to_string()),
            unit: metric.map_or("count", |metric| crate::api::metrics::unit(metric.unit)),
            score: one.score,
            is_anomaly: one.score >= BOUNDARY,
            detail: one.detail.clone(),
        }
    };
    let mut items: Vec<AnomalyItem> = now.found.anomalies.iter().map(item).collect();
    items.sort_by(|a, b| b.score.total_cmp(&a.score));
    app.list(part, items).map(Json)
}

/// How likely memory becomes a problem.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Risk {
    /// 0 to 1; null before the first look.
    score: Option<f64>,
    /// `low`, `medium`, `high`, `critical`.
    level: Option<String>,
    /// What makes it, the largest share first.
    factors: Vec<FactorItem>,
}

/// What makes the risk.
#[derive(Debug, Serialize, ToSchema)]
struct FactorItem {
    /// `headroom`, `time_to_limit`, `leak`, `anomaly`, `pressure`, `fragmentation`,
    /// `thread_growth`, `task_growth`, `swap`, `major_faults`.
    cause: &'static str,
    text: String,
    /// What it saw; null where that is without end.
    value: Option<f64>,
    severity_ratio: f64,
    share_ratio: f64,
    weight_ratio: f64,
    /// What to do, the first thing first.
    mitigation: Vec<&'static str>,
}

fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Headroom => "headroom",
        Cause::TimeToLimit => "time_to_limit",
        Cause::Leak => "leak",
        Cause::Anomaly => "anomaly",
        Cause::Pressure => "pressure",
        Cause::Fragmentation => "fragmentation",
        Cause::ThreadGrowth => "thread_growth",
        Cause::TaskGrowth => "task_growth",
        Cause::Swap => "swap",
        _ => "major_faults",
    }
}

/// How likely memory becomes a problem, and what makes it so
#[utoipa::path(
    get, path = "/risk", tag = "found", responses((status = 200, body = Answer<Risk>)),
)]
pub(in crate::api) async fn risk(State(app): State<Shared>) -> Result<Json<Answer<Risk>>, Problem> {
    let now = app.published()?;
    let risk = now.found.risk.as_ref();
    let factor = |factor: &memopt_monitor::analysis::risk::Factor| FactorItem {
        cause: cause(factor.cause),
        text: factor.to_string(),
        value: Some(factor.value).filter(|value| value.is_finite()),
        severity_ratio: factor.severity,
        share_ratio: factor.share,
        weight_ratio: factor.weight(),
        mitigation: factor.mitigation().to_vec(),
    };
    Ok(Json(app.answer(Risk {
        score: risk.map(|risk| risk.score),
        level: risk.map(|risk| risk.level.to_string()),
        factors: risk.map(|it| it.factors.iter().map(factor).collect()).unwrap_or_default(),
    })))
}
