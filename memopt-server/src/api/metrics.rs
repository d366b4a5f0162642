//! What is measured, with the newest values.

use crate::answer::{List, Part, default_limit};
use crate::app::Shared;
use crate::extract::Query;
use crate::problem::Problem;
use axum::extract::State;
use axum::response::Json;
use memopt_monitor::metric::{Kind, Metric, Unit};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// A metric: what it is, and its newest values.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MetricItem {
    /// `process.resident`
    name: &'static str,
    /// `bytes`, `seconds`, `ratio`, `count`.
    unit: &'static str,
    /// `gauge`, `counter`.
    kind: &'static str,
    /// One sentence that defines it.
    help: &'static str,
    /// The name of its label, if it is told for several things.
    label: Option<&'static str>,
    /// Its newest values.
    latest: Vec<Latest>,
}

/// A newest value.
#[derive(Debug, Serialize, ToSchema)]
struct Latest {
    /// The value of the label; null for the process.
    label: Option<String>,
    value: f64,
    at_ms: i64,
}

/// Which metrics.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Asked {
    /// A part of the name.
    q: String,
    /// So many are left out.
    offset: usize,
    /// So many are told, 1000 at most.
    #[param(maximum = 1000)]
    limit: usize,
}

impl Default for Asked {
    fn default() -> Self {
        Self { q: String::new(), offset: 0, limit: 1000.max(default_limit()) }
    }
}

/// The word of a unit.
pub(crate) fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Bytes => "bytes",
        Unit::Seconds => "seconds",
        Unit::Ratio => "ratio",
        _ => "count",
    }
}

/// The word of a kind.
pub(crate) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "counter",
        _ => "gauge",
    }
}

/// All metrics, with their newest values
#[utoipa::path(
    get, path = "/metrics", tag = "now", params(Asked),
    responses((status = 200, body = List<MetricItem>)),
)]
pub(super) async fn metrics(
    State(app): State<Shared>,
    Query(asked): Query<Asked>,
) -> Result<Json<List<MetricItem>>, Problem> {
    let now = app.published()?;
    let at_ms = now.frame.at.unix_ms;
    let mut values: BTreeMap<&str, Vec<Latest>> = BTreeMap::new();
    for (key, value) in now.frame.readings() {
        let label = key.label.as_ref().map(|(_, label)| label.to_string());
        let latest = Latest { label, value: *value, at_ms };
        values.entry(&key.metric).or_default().push(latest);
    }
    let all = app.metrics();
    let item = |metric: &Metric| MetricItem {
        name: metric.name,
        unit: unit(metric.unit),
        kind: kind(metric.kind),
        help: metric.help,
        label: metric.label,
        latest: values.remove(metric.name).unwrap_or_default(),
    };
    let chosen = all.values().filter(|metric| metric.name.contains(asked.q.as_str()));
    let items = chosen.map(item).collect();
    app.list(Part::new(asked.offset, asked.limit), items).map(Json)
}
