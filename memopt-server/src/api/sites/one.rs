//! One site, with all that is known of it.

use super::item::{Figures, SiteFacts, buckets};
use crate::answer::Answer;
use crate::api::found::{FindingItem, LeakItem};
use crate::api::heap::Node;
use crate::api::optimizer::ActionItem;
use crate::app::Shared;
use crate::extract::Path;
use crate::problem::Problem;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Json;
use memopt_monitor::source::heap;
use memopt_report::{Report, SiteId, SiteReport, Stat};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// One site.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Site {
    #[serde(flatten)]
    facts: SiteFacts,
    column: u32,
    /// Finished calls that were entered while another of the site was open on that thread.
    recursive_calls: u64,
    /// Futures dropped before they were ready.
    cancelled: u64,
    allocs_per_call: Figures,
    stats: Stats,
    /// Sizes of blocks: `[low, high, blocks]`.
    size_classes: Vec<[u64; 3]>,
    /// Reallocations that grew.
    grows: u64,
    /// Reallocations that shrank.
    shrinks: u64,
    /// Bytes that they gave back.
    shrunk_bytes: u64,
    capacity: Option<Capacity>,
    budget: Option<Budget>,
    /// Chains of sites that it was entered from.
    callers: Vec<Caller>,
    /// Sites that are entered inside.
    callees: Vec<Callee>,
    /// The scopes inside, by allocated bytes.
    tree: Node,
    /// Series to ask `metrics/history` for; none where the site is in `other`.
    timeline: Vec<Timeline>,
    findings: Vec<FindingItem>,
    leaks: Vec<LeakItem>,
    /// What the optimizer did to it, the newest first.
    actions: Vec<ActionItem>,
}

/// Distributions over the calls.
#[derive(Debug, Serialize, ToSchema)]
struct Stats {
    bytes: Distribution,
    allocs: Distribution,
    peak: Distribution,
    retained: Distribution,
    final_capacity: Distribution,
}

/// A distribution.
#[derive(Debug, Serialize, ToSchema)]
struct Distribution {
    count: u64,
    total: u64,
    mean: f64,
    min: u64,
    p50: u64,
    p90: u64,
    p95: u64,
    p99: u64,
    max: u64,
    /// `[low, high, count]`
    buckets: Vec<[u64; 3]>,
}

impl Distribution {
    fn of(stat: &Stat) -> Self {
        Self {
            count: stat.count(),
            total: stat.total(),
            mean: stat.mean(),
            min: stat.min(),
            p50: stat.p50(),
            p90: stat.p90(),
            p95: stat.p95(),
            p99: stat.p99(),
            max: stat.max(),
            buckets: buckets(stat, usize::MAX),
        }
    }
}

/// What collections showed: capacity held against capacity used, sums over the observations.
#[derive(Debug, Serialize, ToSchema)]
struct Capacity {
    count: u64,
    held_bytes: u64,
    used_bytes: u64,
    max_slack_bytes: u64,
}

/// Declared limits of a call.
#[derive(Debug, Serialize, ToSchema)]
struct Budget {
    max_allocs: Option<u64>,
    max_bytes: Option<u64>,
    max_peak: Option<u64>,
    max_retained: Option<u64>,
    /// Calls above one of them.
    exceeded: u64,
}

/// A chain of sites, outermost first.
#[derive(Debug, Serialize, ToSchema)]
struct Caller {
    path: Vec<String>,
    calls: u64,
    bytes: u64,
    self_bytes: u64,
}

/// A site that is entered inside.
#[derive(Debug, Serialize, ToSchema)]
struct Callee {
    id: String,
    name: String,
    calls: u64,
    bytes: u64,
}

/// A series.
#[derive(Debug, Serialize, ToSchema)]
struct Timeline {
    metric: &'static str,
    label: String,
}

/// Callers and callees at most.
const MOST: usize = 100;

/// One site
#[utoipa::path(
    get, path = "/sites/{id}", tag = "sites",
    params(("id" = String, Path, description = "16 hexadecimal digits.")),
    responses(
        (status = 200, body = Answer<Site>),
        (status = 404, body = crate::problem::ProblemDocument),
    ),
)]
pub(in crate::api) async fn site(
    State(app): State<Shared>,
    Path(id): Path<String>,
) -> Result<Json<Answer<Site>>, Problem> {
    let report = app.report().await?;
    let index = index(&report, &id)?;
    let now = app.published().ok();
    let site = &report.sites()[index];
    let name = site.name.as_str();
    let found = now.as_ref().map(|now| &now.found);
    let findings = found.into_iter().flat_map(|found| &found.findings);
    let leaks = found.into_iter().flat_map(|found| found.verdicts.iter());
    let actions = report.actions().iter().rev().filter(|action| action.site == name);
    let is_told = now.as_ref().is_some_and(|now| {
        let is_it = |label: &(Arc<str>, Arc<str>)| *label.1 == *name;
        let of_sites = |metric: &str| metric == heap::SITE_CALLS.name;
        let mut readings = now.frame.readings().iter().filter(|(key, _)| of_sites(&key.metric));
        readings.any(|(key, _)| key.label.as_ref().is_some_and(is_it))
    });
    let metrics = [heap::SITE_ALLOCATED, heap::SITE_RETAINED, heap::SITE_BLOCKS, heap::SITE_CALLS];
    let series = |metric: memopt_monitor::metric::Metric| Timeline {
        metric: metric.name,
        label: name.to_owned(),
    };
    let timeline = if is_told { metrics.map(series).into() } else { Vec::new() };
    let body = Site {
        column: site.column,
        recursive_calls: site.recursive_calls,
        cancelled: site.cancelled,
        allocs_per_call: Figures::of(&site.allocs),
        stats: stats(site),
        size_classes: site.size_classes.iter().map(|it| [it.low, it.high, it.count]).collect(),
        grows: site.grows,
        shrinks: site.shrinks,
        shrunk_bytes: site.shrunk_bytes,
        capacity: site.capacity.map(|it| Capacity {
            count: it.count,
            held_bytes: it.held_bytes,
            used_bytes: it.used_bytes,
            max_slack_bytes: it.max_slack_bytes,
        }),
        budget: site.budget.map(|it| Budget {
            max_allocs: it.max_allocs,
            max_bytes: it.max_bytes,
            max_peak: it.max_peak,
            max_retained: it.max_retained,
            exceeded: it.exceeded,
        }),
        callers: callers(&report, index),
        callees: callees(&report, index),
        tree: Node::of_scopes(&report, Some(index)),
        timeline,
        findings: findings.filter(|it| it.site == name).map(FindingItem::of).collect(),
        leaks: leaks.filter(|it| it.site() == name).map(LeakItem::of).collect(),
        actions: actions.map(ActionItem::of).collect(),
        facts: SiteFacts::of(site),
    };
    Ok(Json(app.answer(body)))
}

/// Where a site is in the report.
fn index(report: &Report, id: &str) -> Result<usize, Problem> {
    let missing = || Problem::missing(format!("there is no site `{id}`"));
    let id: SiteId = id.parse().map_err(|_| missing())?;
    report.sites().iter().position(|site| site.id() == id).ok_or_else(missing)
}

fn stats(site: &SiteReport) -> Stats {
    Stats {
        bytes: Distribution::of(&site.bytes),
        allocs: Distribution::of(&site.allocs),
        peak: Distribution::of(&site.peak),
        retained: Distribution::of(&site.retained),
        final_capacity: Distribution::of(&site.final_capacity),
    }
}

/// The nodes of the site, most bytes first.
fn callers(report: &Report, index: usize) -> Vec<Caller> {
    let nodes = report.tree().nodes();
    let caller = |node: &memopt_report::TreeNode| {
        let mut path = Vec::new();
        let mut above = node.parent;
        while let Some(parent) = above.and_then(|above| nodes.get(above)) {
            path.extend(report.sites().get(parent.site).map(|site| site.name.clone()));
            above = parent.parent;
        }
        path.reverse();
        let (bytes, self_bytes) = (node.inclusive.bytes, node.own.bytes);
        Caller { path, calls: node.calls, bytes, self_bytes }
    };
    let mut all: Vec<Caller> = nodes.iter().filter(|node| node.site == index).map(caller).collect();
    all.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.path.cmp(&b.path)));
    all.truncate(MOST);
    all
}

/// The sites entered inside, most bytes first.
fn callees(report: &Report, index: usize) -> Vec<Callee> {
    let nodes = report.tree().nodes();
    let mut sums = std::collections::BTreeMap::<usize, (u64, u64)>::new();
    for node in nodes {
        let parent = node.parent.and_then(|parent| nodes.get(parent));
        if parent.is_some_and(|parent| parent.site == index) {
            let sum = sums.entry(node.site).or_default();
            *sum = (sum.0 + node.calls, sum.1 + node.inclusive.bytes);
        }
    }
    let callee = |(site, (calls, bytes)): (usize, (u64, u64))| {
        let site = report.sites().get(site)?;
        Some(Callee { id: site.id().to_string(), name: site.name.clone(), calls, bytes })
    };
    let mut all: Vec<Callee> = sums.into_iter().filter_map(callee).collect();
    all.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
    all.truncate(MOST);
    all
}

/// Takes back what the optimizer applied to a site
#[utoipa::path(
    post, path = "/sites/{id}/revert", tag = "sites",
    params(("id" = String, Path, description = "16 hexadecimal digits.")),
    responses(
        (status = 204),
        (status = 404, body = crate::problem::ProblemDocument),
        (status = 409, body = crate::problem::ProblemDocument),
    ),
)]
pub(in crate::api) async fn revert(
    State(app): State<Shared>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let report = app.report().await?;
    let name = report.sites()[index(&report, &id)?].name.clone();
    crate::api::optimizer::take_back(&app, name).await
}
