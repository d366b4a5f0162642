//! What leaks, is kept without use, or is kept by the allocator.

use crate::answer::{List, Part};
use crate::app::Shared;
use crate::extract::Query;
use crate::problem::Problem;
use axum::extract::State;
use axum::response::Json;
use memopt_report::leak::LeakVerdict;
use serde::Serialize;
use utoipa::ToSchema;

/// A place that leaks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LeakItem {
    /// `leak`, `bloat`, `retention`.
    kind: &'static str,
    site: String,
    file: String,
    line: u32,
    title: String,
    help: String,
    evidence: Vec<String>,
    /// Sites, outermost first.
    scopes: Vec<String>,
    /// Functions, innermost first.
    stack: Vec<String>,
    /// Bytes that leaked while it was watched, are not used, or are kept.
    bytes: u64,
    live_bytes: u64,
    live_blocks: u64,
    bytes_per_second: f64,
    bytes_per_second_low: f64,
    bytes_per_second_high: f64,
    bytes_per_call: Option<f64>,
    /// Seconds until this growth alone reaches the limit.
    seconds_to_limit: Option<f64>,
    confidence_ratio: f64,
    /// Windows of the watch after the first.
    windows: u64,
    /// Windows some of whose blocks live still.
    generations: u64,
}

impl LeakItem {
    pub(crate) fn of(leak: &LeakVerdict) -> Self {
        let (finding, growth) = (&leak.finding, &leak.growth);
        Self {
            kind: leak.kind.name(),
            site: finding.site.clone(),
            file: finding.file.clone(),
            line: finding.line,
            title: finding.title.clone(),
            help: finding.help.clone(),
            evidence: finding.evidence.iter().map(ToString::to_string).collect(),
            scopes: leak.scopes.clone(),
            stack: leak.stack.clone(),
            bytes: leak.bytes,
            live_bytes: leak.live_bytes,
            live_blocks: leak.live_blocks,
            bytes_per_second: growth.bytes_per_second.value,
            bytes_per_second_low: growth.bytes_per_second.low,
            bytes_per_second_high: growth.bytes_per_second.high,
            bytes_per_call: growth.bytes_per_call,
            seconds_to_limit: leak.seconds_to_limit,
            confidence_ratio: leak.confidence,
            windows: growth.windows,
            generations: growth.generations,
        }
    }
}

/// The places that leak.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Leaks {
    /// Why there is no verdict; null where there is one.
    unknown: Option<String>,
    #[serde(flatten)]
    list: List<LeakItem>,
}

/// What leaks, the surest first
#[utoipa::path(
    get, path = "/leaks", tag = "found", params(Part), responses((status = 200, body = Leaks)),
)]
pub(in crate::api) async fn leaks(
    State(app): State<Shared>,
    Query(part): Query<Part>,
) -> Result<Json<Leaks>, Problem> {
    let now = app.published()?;
    let unknown = now.found.leaks.as_ref().err().map(ToString::to_string);
    let items = now.found.verdicts.iter().map(LeakItem::of).collect();
    Ok(Json(Leaks { unknown, list: app.list(part, items)? }))
}
