//! What the server did.

use crate::settings::Settings;
use memopt_runtime::__private::thread_cpu_ns;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Sums since the start.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Requests that were let through.
    pub(crate) requests: AtomicU64,
    /// Requests that were not: another name, no token, too many.
    pub(crate) refused: AtomicU64,
    /// Connections that are open.
    pub(crate) connections: AtomicU64,
    /// Connections that were closed because there were too many.
    pub(crate) connections_refused: AtomicU64,
    /// Handshakes of TLS that failed or took too long.
    pub(crate) handshakes_failed: AtomicU64,
    /// What was sent to whom.
    pub(crate) pushes: Vec<Arc<Pushed>>,
    /// CPU time of the server's thread, ns.
    cpu_ns: AtomicU64,
}

/// What was sent to one receiver.
#[derive(Debug)]
pub(crate) struct Pushed {
    /// `otlp`, `pyroscope`.
    pub(crate) to: &'static str,
    /// Bodies that were taken.
    pub(crate) sent: AtomicU64,
    /// Attempts in vain.
    pub(crate) failed: AtomicU64,
    /// Bodies that were given up.
    pub(crate) dropped: AtomicU64,
    /// Bodies that wait.
    pub(crate) waiting: AtomicU64,
    /// CPU time of the thread that sends, ns.
    cpu_ns: AtomicU64,
}

impl Pushed {
    /// Takes in the CPU time of the calling thread, which is the one that sends.
    #[cfg(any(feature = "otlp", feature = "pyroscope"))]
    pub(crate) fn note_cpu(&self) {
        self.cpu_ns.store(thread_cpu_ns().unwrap_or(0), Relaxed);
    }
}

impl Counters {
    pub(crate) fn new(settings: &Settings) -> Self {
        let all = [("otlp", &settings.otlp), ("pyroscope", &settings.pyroscope)];
        let pushes = all.into_iter().filter(|(_, push)| push.is_some()).map(|(to, _)| {
            Arc::new(Pushed {
                to,
                sent: AtomicU64::new(0),
                failed: AtomicU64::new(0),
                dropped: AtomicU64::new(0),
                waiting: AtomicU64::new(0),
                cpu_ns: AtomicU64::new(0),
            })
        });
        Self { pushes: pushes.collect(), ..Self::default() }
    }

    /// Takes in the CPU time of the calling thread, which is the server's.
    pub(crate) fn note_cpu(&self) {
        self.cpu_ns.store(thread_cpu_ns().unwrap_or(0), Relaxed);
    }

    /// CPU time of the server's thread and of those that send, ns.
    pub(crate) fn cpu_ns(&self) -> u64 {
        let pushes: u64 = self.pushes.iter().map(|it| it.cpu_ns.load(Relaxed)).sum();
        self.cpu_ns.load(Relaxed) + pushes
    }
}

/// Adds one.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}
