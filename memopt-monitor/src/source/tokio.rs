//! Runtimes of tokio that the program named.

use super::{Frame, Source};
use crate::metric::{Metric, Unit};
use crate::series::Key;
use std::sync::{Mutex, PoisonError};
use tokio::runtime::Handle;

/// Workers.
pub const WORKERS: Metric =
    Metric::gauge("tokio.workers", Unit::Count, "Worker threads of the runtime.").by("runtime");
/// Tasks.
pub const TASKS: Metric = Metric::gauge(
    "tokio.tasks",
    Unit::Count,
    "Tasks of the runtime that are alive, tracked or not.",
)
.by("runtime");
/// Tasks that wait for a worker.
pub const QUEUED: Metric = Metric::gauge(
    "tokio.queued",
    Unit::Count,
    "Tasks in the runtime's global queue that are ready and wait for a worker.",
)
.by("runtime");
/// Time at work.
pub const BUSY: Metric =
    Metric::counter("tokio.busy", Unit::Seconds, "Time that all workers of the runtime were busy.")
        .by("runtime");
/// Times that workers slept.
pub const PARKS: Metric = Metric::counter(
    "tokio.parks",
    Unit::Count,
    "Times that workers of the runtime had nothing to do and slept.",
)
.by("runtime");

const METRICS: &[Metric] = &[WORKERS, TASKS, QUEUED, BUSY, PARKS];

static RUNTIMES: Mutex<Vec<(String, Handle)>> = Mutex::new(Vec::new());

/// Names a runtime, so that its figures are read. A name that is taken is given to this one.
pub fn register_runtime(name: impl Into<String>, handle: Handle) {
    let name = name.into();
    let mut runtimes = RUNTIMES.lock().unwrap_or_else(PoisonError::into_inner);
    runtimes.retain(|(taken, _)| *taken != name);
    runtimes.push((name, handle));
}

/// Reads the figures of the runtimes that [`register_runtime`] named.
#[derive(Debug, Default)]
pub struct Tokio(());

impl Tokio {
    /// The runtimes, those named later included.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Source for Tokio {
    fn name(&self) -> &'static str {
        "tokio"
    }

    fn metrics(&self) -> &'static [Metric] {
        METRICS
    }

    fn read(&mut self, frame: &mut Frame) {
        let runtimes = RUNTIMES.lock().unwrap_or_else(PoisonError::into_inner);
        if runtimes.is_empty() {
            frame.lacks("tokio", "no runtime was named: use register_runtime");
        }
        for (name, handle) in runtimes.iter() {
            let metrics = handle.metrics();
            let workers = metrics.num_workers();
            let mut add = |metric: Metric, value: f64| {
                frame.add(Key::new(metric.name).of("runtime", name.as_str()), value);
            };
            add(WORKERS, workers as f64);
            add(TASKS, metrics.num_alive_tasks() as f64);
            add(QUEUED, metrics.global_queue_depth() as f64);
            #[cfg(target_has_atomic = "64")]
            {
                let busy = |at| metrics.worker_total_busy_duration(at).as_secs_f64();
                add(BUSY, (0..workers).map(busy).sum());
                add(PARKS, (0..workers).map(|at| metrics.worker_park_count(at) as f64).sum());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Stamp;

    #[test]
    fn a_named_runtime_is_told() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        register_runtime("small", runtime.handle().clone());
        let task = runtime.spawn(std::future::pending::<()>());
        let mut frame = Frame::new(Stamp::default());
        Tokio::new().read(&mut frame);
        let of = |metric: Metric| Key::new(metric.name).of("runtime", "small");
        assert_eq!(frame.get(&of(TASKS)), Some(1.0));
        assert_eq!(frame.get(&of(WORKERS)), Some(1.0));
        task.abort();
    }
}
