//! How the monitor and the server fare, their own cost first.

use crate::answer::{Answer, now_ms};
use crate::app::Shared;
use crate::page;
use crate::scrub::scrubbed;
use axum::extract::State;
use axum::response::Json;
use memopt_monitor::alerts::sink::SinkStatus;
use memopt_monitor::engine::Published;
use memopt_monitor::health::Fault;
use memopt_monitor::history::Health as StoreHealth;
use serde::Serialize;
use std::sync::atomic::Ordering::Relaxed;
use utoipa::ToSchema;

/// How the monitor and the server fare.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// The program.
    program: String,
    /// The version of memopt.
    version: &'static str,
    /// The build of the page.
    build: &'static str,
    /// Now.
    now_ms: i64,
    /// When the last reading was; null before the first.
    at_ms: Option<i64>,
    /// `starting` before the first reading, `ok`, `degraded` while there are faults, `stopped`.
    status: &'static str,
    /// How long the monitor runs.
    uptime_ms: Option<u64>,
    /// What is measured.
    monitoring: Monitoring,
    /// What watching costs.
    cost: Cost,
    /// Parts that do not do their work.
    faults: Vec<FaultItem>,
    /// How history is kept.
    store: Option<Store>,
    /// Where alerts are told.
    sinks: Vec<Sink>,
    /// What history holds in memory.
    held: Option<Held>,
    /// The server.
    server: Server,
}

/// What is measured.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each is a member of the answer")]
struct Monitoring {
    /// Whether the monitor runs.
    enabled: bool,
    /// Whether it is stopped for a while: what is known does not change.
    is_paused: bool,
    /// The time between two readings, as the governor has it now.
    interval_ms: Option<u64>,
    /// Whether memopt's allocator counts.
    is_counting: bool,
    /// Whether blocks are sampled.
    heap_is_sampled: bool,
}

/// What watching costs.
#[derive(Debug, Default, Serialize, ToSchema)]
struct Cost {
    /// All CPU time, as a share of one core.
    cpu_ratio: f64,
    /// CPU time of the monitor's thread, as a share of one core.
    own_cpu_ratio: f64,
    /// Estimated CPU time on the program's threads, as a share of one core.
    hook_cpu: Vec<Part>,
    /// Bytes that the monitor keeps.
    own_bytes: u64,
    /// How often intervals were doubled.
    level: u32,
    /// CPU time that may be taken, as a share of one core.
    budget_cpu_ratio: Option<f64>,
    /// Bytes that may be kept.
    budget_bytes: Option<u64>,
    /// CPU time of the server since its start, as a share of one core.
    server_cpu_ratio: f64,
}

/// A part of the cost.
#[derive(Debug, Serialize, ToSchema)]
struct Part {
    part: &'static str,
    ratio: f64,
}

/// A part that does not do its work.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FaultItem {
    pub(crate) part: String,
    pub(crate) since_ms: i64,
    pub(crate) detail: String,
}

impl FaultItem {
    pub(crate) fn of(fault: &Fault) -> Self {
        Self {
            part: fault.part.clone(),
            since_ms: fault.since.unix_ms,
            detail: scrubbed(&fault.detail).into_owned(),
        }
    }
}

/// How history is kept.
#[derive(Debug, Serialize, ToSchema)]
struct Store {
    /// `memory_only`, `stored`, `degraded`.
    health: &'static str,
    detail: String,
    file_bytes: u64,
    blocks: u64,
    failures: u64,
    recoveries: u64,
    damaged: u64,
}

/// Where alerts are told.
#[derive(Debug, Serialize, ToSchema)]
struct Sink {
    name: String,
    /// Messages that were told.
    told: u64,
    /// Attempts that failed.
    failed: u64,
    /// Messages that wait.
    waiting: usize,
    /// Messages that were given up or dropped.
    dropped: u64,
    fault: Option<String>,
}

impl Sink {
    fn of(sink: &SinkStatus) -> Self {
        Self {
            name: sink.name.clone(),
            told: sink.sent,
            failed: sink.failed,
            waiting: sink.waiting,
            dropped: sink.dropped + sink.given_up,
            fault: sink.fault.clone(),
        }
    }
}

/// What history holds in memory.
#[derive(Debug, Serialize, ToSchema)]
struct Held {
    series: usize,
    bytes: usize,
    /// Readings that found no room.
    refused: u64,
}

/// The server.
#[derive(Debug, Serialize, ToSchema)]
struct Server {
    /// Where it listens; null where the router is mounted.
    address: Option<String>,
    connections: u64,
    connections_limit: usize,
    connections_refused: u64,
    /// Handshakes of TLS that failed or took too long.
    handshakes_failed: u64,
    requests: u64,
    refused: u64,
    /// Listeners of the stream of events.
    event_clients: usize,
    /// Events that slow listeners lost.
    events_dropped: u64,
}

/// How the monitor and the server fare
#[utoipa::path(
    get, path = "/health", tag = "now",
    responses((status = 200, body = Answer<Health>)),
)]
pub(super) async fn health(State(app): State<Shared>) -> Json<Answer<Health>> {
    let published = app.monitor.published();
    let now = published.as_deref();
    let status = match now {
        _ if !app.monitor.is_running() => "stopped",
        None => "starting",
        Some(now) if now.faults.is_empty() => "ok",
        Some(_) => "degraded",
    };
    let budget = now.map(|now| &now.config.monitoring);
    let traffic = now.is_some_and(|now| now.frame.absent().iter().all(|it| it.source != "heap"));
    Json(app.answer(Health {
        program: app.program_name.clone(),
        version: env!("CARGO_PKG_VERSION"),
        build: page::BUILD,
        now_ms: now_ms(),
        at_ms: now.map(|now| now.at.unix_ms),
        status,
        uptime_ms: now.and_then(|now| now.at.since(&now.began)).map(|it| it.as_millis() as u64),
        monitoring: Monitoring {
            enabled: app.monitor.is_running(),
            is_paused: app.monitor.is_paused(),
            interval_ms: now.map(|now| now.interval.as_millis() as u64),
            is_counting: traffic,
            heap_is_sampled: memopt_runtime::heap::is_on(),
        },
        cost: Cost {
            server_cpu_ratio: server_cpu_ratio(&app),
            budget_cpu_ratio: budget.map(|it| it.cpu_budget.0),
            budget_bytes: budget.map(|it| it.memory_budget.0),
            ..now.map(cost).unwrap_or_default()
        },
        faults: now.map(|now| now.faults.iter().map(FaultItem::of).collect()).unwrap_or_default(),
        store: now.map(store),
        sinks: now.map(|now| now.sinks.iter().map(Sink::of).collect()).unwrap_or_default(),
        held: now.map(|now| Held {
            series: now.held.series,
            bytes: now.held.memory_bytes,
            refused: now.held.refused,
        }),
        server: server(&app),
    }))
}

/// CPU time since the start ÷ time since the start.
pub(crate) fn server_cpu_ratio(app: &Shared) -> f64 {
    let time = (now_ms() - app.identity.started_ms).max(1) as f64 * 1e6;
    (app.counters.cpu_ns() + app.workers.cpu_ns() + app.fleet.cpu_ns()) as f64 / time
}

fn cost(now: &Published) -> Cost {
    let cost = &now.cost;
    let part = |(part, ratio): &(&'static str, f64)| Part { part, ratio: *ratio };
    Cost {
        cpu_ratio: cost.cpu_ratio(),
        own_cpu_ratio: cost.own_cpu_ratio,
        hook_cpu: cost.hook_cpu_ratio.iter().map(part).collect(),
        own_bytes: cost.own_bytes,
        level: cost.level,
        ..Cost::default()
    }
}

fn store(now: &Published) -> Store {
    let store = &now.store;
    Store {
        health: match store.health {
            StoreHealth::MemoryOnly => "memory_only",
            StoreHealth::Stored => "stored",
            _ => "degraded",
        },
        // Without the path of the file: it is none of the program's sources.
        detail: match (&store.reason, store.health) {
            (Some(reason), _) => reason.clone(),
            (None, StoreHealth::MemoryOnly) => "history is kept in memory only".to_owned(),
            (None, _) => "history is stored".to_owned(),
        },
        file_bytes: store.file_bytes,
        blocks: store.blocks,
        failures: store.failures,
        recoveries: store.recoveries,
        damaged: store.damaged,
    }
}

fn server(app: &Shared) -> Server {
    let counters = &app.counters;
    Server {
        address: app.address(),
        connections: counters.connections.load(Relaxed),
        connections_limit: app.settings.limits.connections,
        connections_refused: counters.connections_refused.load(Relaxed),
        handshakes_failed: counters.handshakes_failed.load(Relaxed),
        requests: counters.requests.load(Relaxed),
        refused: counters.refused.load(Relaxed),
        event_clients: app.hub.clients(),
        events_dropped: app.hub.dropped.load(Relaxed),
    }
}
