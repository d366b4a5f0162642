//! The overview: how much memory is used, of which limit, and what was found.

use crate::answer::Answer;
use crate::app::{App, Shared};
use crate::problem::Problem;
use axum::extract::State;
use axum::response::Json;
use memopt_monitor::alerts::State as AlertState;
use memopt_monitor::config::Severity;
use memopt_monitor::engine::Published;
use memopt_monitor::series::Key;
use memopt_monitor::source::{heap, process, tasks};
use memopt_runtime::__private::untracked_sites;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// The overview.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Status {
    /// When the last reading was.
    at_ms: i64,
    /// How long the monitor runs.
    uptime_ms: Option<u64>,
    /// `running`, `paused`, `stopped`.
    monitoring: &'static str,
    /// Since when sites, the site tree and reports are told; null: since the start.
    records_since_ms: Option<i64>,
    /// Sites whose calls are not counted, because somebody switched them off.
    untracked_sites: usize,
    /// Bytes of the process in memory.
    resident_bytes: Option<u64>,
    /// Bytes that the program holds.
    heap_live_bytes: Option<u64>,
    /// Blocks that the program holds.
    heap_live_blocks: Option<u64>,
    /// Threads of the process.
    threads: Option<u64>,
    /// Tasks that are alive.
    tasks: Option<u64>,
    /// Sites that were entered.
    sites: Option<u64>,
    /// Bytes allocated in a second, over the last seconds.
    allocated_bytes_per_second: Option<f64>,
    /// The limit in force; null where none is known.
    limit: Option<Limit>,
    /// Why no limit is known.
    limit_unknown: Option<String>,
    /// How urgently memory is needed: `none`, `low`, `medium`, `critical`.
    pressure: &'static str,
    /// How likely memory becomes a problem; null before the first look.
    risk: Option<RiskNow>,
    /// Seconds until the limit is reached; null where it is not within the horizon, or not known.
    time_to_limit_seconds: Option<f64>,
    /// Alerts.
    alerts: Alerts,
    /// What the detectors say.
    findings: usize,
    /// Sites that leak.
    leaks: usize,
    /// Series that behave unusually now.
    anomalies: usize,
    /// What is worth doing.
    recommendations: usize,
    /// What collection rules propose.
    proposals: usize,
}

/// A limit, and how much of it is used.
#[derive(Debug, Serialize, ToSchema)]
struct Limit {
    /// Which limit it is.
    name: String,
    bytes: u64,
    /// What it limits.
    used_metric: String,
    used_bytes: Option<u64>,
    used_ratio: Option<f64>,
}

/// How likely memory becomes a problem.
#[derive(Debug, Serialize, ToSchema)]
struct RiskNow {
    /// 0 to 1.
    score: f64,
    /// `low`, `medium`, `high`, `critical`.
    level: String,
}

/// Numbers of alerts.
#[derive(Debug, Default, Serialize, ToSchema)]
struct Alerts {
    firing: usize,
    pending: usize,
    /// Of those that fire.
    critical: usize,
    warning: usize,
    info: usize,
}

/// The overview
#[utoipa::path(
    get, path = "/status", tag = "now",
    responses(
        (status = 200, body = Answer<Status>),
        (status = 503, body = crate::problem::ProblemDocument),
    ),
)]
pub(super) async fn status(State(app): State<Shared>) -> Result<Json<Answer<Status>>, Problem> {
    let now = app.published()?;
    let rate = app.rate(&Key::new(heap::ALLOCATED.name));
    Ok(Json(app.answer(overview(&app, &now, rate))))
}

fn overview(app: &App, now: &Published, allocated_bytes_per_second: Option<f64>) -> Status {
    let read = |name: &str| now.frame.get(&Key::new(name));
    let whole = |name: &str| read(name).map(|value| value as u64);
    let limit = now.limit.as_ref().ok().map(|limit| {
        let used = now.frame.get(&limit.used);
        Limit {
            name: limit.name.clone(),
            bytes: limit.bytes,
            used_metric: limit.used.to_string(),
            used_bytes: used.map(|used| used as u64),
            used_ratio: used.map(|used| used / limit.bytes.max(1) as f64),
        }
    });
    let time_to_limit = now.found.time_to_limit.as_ref().ok().copied().flatten();
    Status {
        at_ms: now.at.unix_ms,
        uptime_ms: now.at.since(&now.began).map(|time| time.as_millis() as u64),
        monitoring: match (app.monitor.is_running(), app.monitor.is_paused()) {
            (false, _) => "stopped",
            (true, true) => "paused",
            (true, false) => "running",
        },
        records_since_ms: app.records_since_ms(),
        untracked_sites: untracked_sites().len(),
        resident_bytes: whole(process::RESIDENT.name),
        heap_live_bytes: whole(heap::LIVE.name),
        heap_live_blocks: whole(heap::LIVE_BLOCKS.name),
        threads: whole(process::THREADS.name),
        tasks: whole(tasks::LIVE.name),
        sites: whole(heap::SITES.name),
        allocated_bytes_per_second,
        limit,
        limit_unknown: now.limit.as_ref().err().map(ToString::to_string),
        pressure: now.pressure.name(),
        risk: now
            .found
            .risk
            .as_ref()
            .map(|risk| RiskNow { score: risk.score, level: risk.level.to_string() }),
        time_to_limit_seconds: time_to_limit.as_ref().map(Duration::as_secs_f64),
        alerts: alerts(now),
        findings: now.found.findings.len(),
        leaks: now.found.verdicts.len(),
        anomalies: now.found.anomalies.iter().filter(|it| it.score >= 0.5).count(),
        recommendations: now.found.recommendations.len(),
        proposals: now.proposals.len(),
    }
}

fn alerts(now: &Published) -> Alerts {
    let mut counted = Alerts::default();
    for alert in &now.alerts {
        if alert.state != AlertState::Firing {
            counted.pending += 1;
            continue;
        }
        counted.firing += 1;
        match alert.severity {
            Severity::Critical => counted.critical += 1,
            Severity::Warning => counted.warning += 1,
            _ => counted.info += 1,
        }
    }
    counted
}
