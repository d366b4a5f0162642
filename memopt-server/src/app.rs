//! What all routes share.

mod cached;
pub(crate) mod counters;
mod named;
#[cfg(any(feature = "otlp", feature = "pyroscope"))]
mod pushing;

pub(crate) use self::cached::Cached;
pub(crate) use self::counters::Counters;
pub(crate) use self::named::Named;
#[cfg(any(feature = "otlp", feature = "pyroscope"))]
pub(crate) use self::pushing::Pushing;

use crate::answer::{Answer, Identity, List, Part, now_ms};
use crate::fleet::Fleet;
use crate::guard::{Hosts, Pace, Sessions};
use crate::hub::Hub;
use crate::operations::Operations;
use crate::problem::Problem;
use crate::settings::Settings;
use crate::work::Workers;
use memopt_monitor::engine::Engine;
use memopt_monitor::metric::Metric;
use memopt_monitor::program::Program;
use memopt_monitor::{Handle, Snapshot};
use memopt_report::{HeapReport, Report};
use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A pause that is a gap, before the first reading.
const STALE: Duration = Duration::from_secs(30);

/// What all routes share, behind one pointer.
pub(crate) type Shared = Arc<App>;

/// See [`Shared`].
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) identity: Identity,
    /// The program's name.
    pub(crate) program_name: String,
    pub(crate) monitor: Handle,
    pub(crate) settings: Settings,
    pub(crate) hosts: Hosts,
    pub(crate) pace: Pace,
    /// The pace of handshakes.
    #[cfg(feature = "tls")]
    pub(crate) handshakes: Pace,
    pub(crate) sessions: Sessions,
    pub(crate) workers: Workers,
    pub(crate) hub: Arc<Hub>,
    pub(crate) counters: Counters,
    pub(crate) operations: Operations,
    pub(crate) report: Cached<Report>,
    /// The same since the start, where the records were reset.
    whole: Cached<Report>,
    named: Mutex<Named>,
    pub(crate) heap: Cached<HeapReport>,
    pub(crate) fleet: Fleet,
    /// The threads that push.
    #[cfg(any(feature = "otlp", feature = "pyroscope"))]
    pub(crate) pushing: Mutex<Vec<Pushing>>,
    program: Mutex<Box<dyn Program>>,
    /// What was counted when the records were reset, and when that was.
    reset: Mutex<Option<(Arc<Report>, i64)>>,
    /// Where it listens, as people write it.
    address: Mutex<Option<String>>,
}

/// All metrics by name.
pub(crate) type Metrics = BTreeMap<&'static str, Metric>;

impl App {
    pub(crate) fn new(
        monitor: Handle,
        settings: Settings,
        program: Box<dyn Program>,
        bound: Option<IpAddr>,
    ) -> io::Result<Shared> {
        let labels = monitor.labels();
        let label = |name: &str| labels.get(name).cloned().unwrap_or_default();
        let identity =
            Identity { pid: monitor.pid(), started_ms: now_ms(), instance: label("instance") };
        Ok(Arc::new(Self {
            program_name: label("program"),
            hosts: Hosts::new(bound, &settings.hosts),
            pace: Pace::new(settings.limits.requests_per_second),
            #[cfg(feature = "tls")]
            handshakes: Pace::new(settings.limits.requests_per_second),
            sessions: Sessions::new(identity.started_ms, settings.tls.is_some()),
            workers: Workers::start()?,
            hub: Arc::new(Hub::new(identity.started_ms, settings.limits.event_clients)),
            counters: Counters::new(&settings),
            operations: Operations::default(),
            report: Cached::new(),
            whole: Cached::new(),
            named: Mutex::default(),
            heap: Cached::new(),
            fleet: Fleet::start(&settings.fleet)?,
            #[cfg(any(feature = "otlp", feature = "pyroscope"))]
            pushing: Mutex::default(),
            program: Mutex::new(program),
            reset: Mutex::default(),
            address: Mutex::default(),
            identity,
            monitor,
            settings,
        }))
    }

    /// An answer of state.
    pub(crate) fn answer<T>(&self, body: T) -> Answer<T> {
        Answer { of: self.identity.clone(), body }
    }

    /// A part of a whole list.
    pub(crate) fn list<T>(&self, part: Part, all: Vec<T>) -> Result<List<T>, Problem> {
        Ok(part.check()?.of(&self.identity, all))
    }

    /// What is known now.
    pub(crate) fn published(&self) -> Result<Snapshot, Problem> {
        self.monitor.published().ok_or_else(|| {
            Problem::not_yet("the monitor has not read anything yet: ask again in a second")
        })
    }

    /// A pause between two readings from which on it is a gap.
    pub(crate) fn stale_after(&self) -> Duration {
        self.monitor.published().map_or(STALE, |now| now.stale_after)
    }

    /// The observed program. Only workers ask it.
    pub(crate) fn program(&self) -> MutexGuard<'_, Box<dyn Program>> {
        self.program.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The report of all sites since the last reset, a few seconds old at most.
    pub(crate) async fn report(self: &Arc<Self>) -> Result<Arc<Report>, Problem> {
        let app = Arc::clone(self);
        let make = move || {
            let report = app.program().report();
            let since = lock(&app.reset).as_ref().map(|(before, _)| Arc::clone(before));
            Ok(match since {
                Some(before) => report.since(&before),
                None => report,
            })
        };
        self.report.get(&self.workers, self, make).await
    }

    /// The report of all sites since the start, whatever was reset.
    pub(crate) async fn whole_report(self: &Arc<Self>) -> Result<Arc<Report>, Problem> {
        if self.records_since_ms().is_none() {
            return self.report().await;
        }
        let app = Arc::clone(self);
        self.whole.get(&self.workers, self, move || Ok(app.program().report())).await
    }

    /// Reports tell what comes from now on. Only the costly worker, which makes them, resets.
    pub(crate) fn reset(&self, at_ms: i64) {
        let before = Arc::new(self.program().report());
        let old = lock(&self.reset).replace((before, at_ms));
        self.report.forget();
        drop(old);
    }

    /// The sites whose distributions are told by name.
    pub(crate) fn named(&self) -> MutexGuard<'_, Named> {
        lock(&self.named)
    }

    /// When the records were reset last.
    pub(crate) fn records_since_ms(&self) -> Option<i64> {
        lock(&self.reset).as_ref().map(|(_, at_ms)| *at_ms)
    }

    /// The heap by site and stack, with the names of its functions.
    pub(crate) async fn heap(self: &Arc<Self>) -> Result<Arc<HeapReport>, Problem> {
        let app = Arc::clone(self);
        self.heap.get(&self.workers, self, move || app.heap_now()).await
    }

    /// The same, made anew. Only threads for costly work make it.
    pub(crate) fn heap_now(&self) -> Result<HeapReport, Problem> {
        let heap = self.program().heap();
        let mut heap = heap.ok_or_else(|| Problem::conflict(NOT_SAMPLED))?;
        memopt_runtime::heap::resolve(&mut heap);
        Ok(heap)
    }

    /// Lets the monitor's worker do something between two readings.
    pub(crate) async fn ask<T: Clone + Send + 'static>(
        self: &Arc<Self>,
        what: impl FnOnce(&mut Engine) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let app = Arc::clone(self);
        let answer = self.workers.ask(move || app.monitor.ask(what)).await?;
        answer.ok_or_else(|| {
            Problem::not_yet("the monitor does not answer: it has stopped, or a reading takes long")
        })
    }

    /// All metrics that may be told.
    pub(crate) fn metrics(&self) -> &Arc<Metrics> {
        self.monitor.metrics()
    }

    /// Tells the monitor how the server fares: its faults are told where all faults are.
    pub(crate) fn fares(&self, outcome: Result<(), String>) {
        self.tell("server", outcome);
    }

    /// Tells the monitor how a part of the server fares.
    pub(crate) fn tell(&self, part: &'static str, outcome: Result<(), String>) {
        let told = memopt_report::untracked(|| outcome);
        self.monitor.let_do(move |engine| engine.report(part, told));
    }

    pub(crate) fn address(&self) -> Option<String> {
        lock(&self.address).clone()
    }

    pub(crate) fn set_address(&self, address: Option<String>) {
        *lock(&self.address) = address;
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why there is no heap report.
const NOT_SAMPLED: &str = "no blocks are sampled: set `profiling.heap`, or `POST` to \
                           `api/v1/control/heap`";

/// How long what is dear to make is given out: at least so long.
pub(crate) const FRESH: Duration = Duration::from_secs(1);
