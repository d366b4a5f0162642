//! Who runs and who waits, and what is held for reuse.

use crate::answer::{List, Part, default_limit, now_ms};
use crate::app::Shared;
use crate::extract::Query;
use crate::problem::Problem;
use axum::extract::State;
use axum::response::Json;
use memopt_report::{Concurrency, ReclaimableReport, TaskSite, ThreadReport};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// A thread that is alive.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ThreadItem {
    name: String,
    os_id: u64,
    /// `running`, `sleeping`, `blocked`, `stopped`, `unknown`.
    state: &'static str,
    allocated_bytes: u64,
    /// Bytes allocated less bytes freed, whoever allocated those.
    live_bytes: i64,
    bytes_per_second: f64,
    allocs_per_second: f64,
    /// The sites it stands in, outermost first.
    scopes: Vec<String>,
}

impl ThreadItem {
    fn of(thread: &ThreadReport) -> Self {
        Self {
            name: thread.name.clone(),
            os_id: thread.os_id,
            state: thread.state.name(),
            allocated_bytes: thread.totals.bytes,
            live_bytes: thread.live_bytes(),
            bytes_per_second: thread.bytes_per_s,
            allocs_per_second: thread.allocs_per_s,
            scopes: thread.scopes.clone(),
        }
    }
}

/// The tasks that were made at one site.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TaskItem {
    id: String,
    site: String,
    file: String,
    line: u32,
    /// Tasks alive.
    live: u64,
    /// Polls that are going on.
    running: u64,
    age_min_ms: f64,
    age_median_ms: f64,
    age_max_ms: f64,
    polls: u64,
    held_bytes: i64,
    future_bytes: u64,
    completed: u64,
    cancelled: u64,
    panicked: u64,
    waiting: Vec<WaitingItem>,
    /// `[at_ms, live, still_live]`, the oldest first.
    history: Vec<[i64; 3]>,
}

/// Tasks that wait in the same place.
#[derive(Debug, Serialize, ToSchema)]
struct WaitingItem {
    scopes: Vec<String>,
    tasks: u64,
    held_bytes: i64,
}

impl TaskItem {
    fn of(site: &TaskSite, at_ns: u64) -> Self {
        let now = now_ms();
        let ms = |ns: u64| ns as f64 / 1e6;
        let ago = |then: u64| now - (at_ns.saturating_sub(then) / 1_000_000) as i64;
        Self {
            id: site.id().to_string(),
            site: site.site.clone(),
            file: site.file.clone(),
            line: site.line,
            live: site.live,
            running: site.running,
            age_min_ms: ms(site.age_min_ns),
            age_median_ms: ms(site.age_median_ns),
            age_max_ms: ms(site.age_max_ns),
            polls: site.polls,
            held_bytes: site.held_bytes,
            future_bytes: site.future_bytes,
            completed: site.completed,
            cancelled: site.cancelled,
            panicked: site.panicked,
            waiting: site
                .waiting
                .iter()
                .map(|it| WaitingItem {
                    scopes: it.scopes.clone(),
                    tasks: it.tasks,
                    held_bytes: it.held_bytes,
                })
                .collect(),
            history: site
                .history
                .iter()
                .map(|it| [ago(it.at_ns), it.live as i64, it.still_live as i64])
                .collect(),
        }
    }
}

async fn activity(app: &Shared) -> Result<Concurrency, Problem> {
    let own = Arc::clone(app);
    app.workers.short(move || own.program().activity()).await
}

/// The threads that are alive, most bytes first
#[utoipa::path(
    get, path = "/threads", tag = "now", params(Part),
    responses((status = 200, body = List<ThreadItem>)),
)]
pub(super) async fn threads(
    State(app): State<Shared>,
    Query(part): Query<Part>,
) -> Result<Json<List<ThreadItem>>, Problem> {
    let activity = activity(&app).await?;
    app.list(part, activity.threads.iter().map(ThreadItem::of).collect()).map(Json)
}

/// The tasks that are alive, by site, most tasks first
#[utoipa::path(
    get, path = "/tasks", tag = "now", params(Part),
    responses((status = 200, body = List<TaskItem>)),
)]
pub(super) async fn tasks(
    State(app): State<Shared>,
    Query(part): Query<Part>,
) -> Result<Json<List<TaskItem>>, Problem> {
    let activity = activity(&app).await?;
    let item = |site: &TaskSite| TaskItem::of(site, activity.at_ns);
    app.list(part, activity.tasks.iter().map(item).collect()).map(Json)
}

/// What is held for reuse.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReclaimableItem {
    name: String,
    /// `pool`, `arena`, `lazy`, ..
    remedy: &'static str,
    hits: u64,
    misses: u64,
    hit_ratio: f64,
    live: u64,
    high_water: u64,
    idle: u64,
    idle_bytes: u64,
    released: u64,
    wasted_bytes: u64,
    contention: u64,
}

impl ReclaimableItem {
    fn of(one: &ReclaimableReport) -> Self {
        Self {
            name: one.name.clone(),
            remedy: one.remedy.name(),
            hits: one.hits,
            misses: one.misses,
            hit_ratio: one.hit_rate(),
            live: one.live,
            high_water: one.high_water,
            idle: one.idle,
            idle_bytes: one.idle_bytes,
            released: one.released,
            wasted_bytes: one.wasted_bytes,
            contention: one.contention,
        }
    }
}

/// Which of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Asked {
    /// `pool`, `arena`, `lazy`, ..
    remedy: Option<String>,
    /// So many are left out.
    offset: usize,
    /// So many are told, 1000 at most.
    #[param(maximum = 1000)]
    limit: usize,
}

impl Default for Asked {
    fn default() -> Self {
        Self { remedy: None, offset: 0, limit: default_limit() }
    }
}

/// Pools, caches and arenas, most idle bytes first
#[utoipa::path(
    get, path = "/reclaimable", tag = "now", params(Asked),
    responses((status = 200, body = List<ReclaimableItem>)),
)]
pub(super) async fn reclaimable(
    State(app): State<Shared>,
    Query(asked): Query<Asked>,
) -> Result<Json<List<ReclaimableItem>>, Problem> {
    let own = Arc::clone(&app);
    let mut all = app.workers.short(move || own.program().holders()).await?;
    all.retain(|one| asked.remedy.as_deref().is_none_or(|remedy| remedy == one.remedy.name()));
    all.sort_by(|a, b| b.idle_bytes.cmp(&a.idle_bytes).then_with(|| a.name.cmp(&b.name)));
    let items = all.iter().map(ReclaimableItem::of).collect();
    app.list(Part::new(asked.offset, asked.limit), items).map(Json)
}
