//! What the server did.

use memopt_runtime::__private::thread_cpu_ns;
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
    /// CPU time of the server's thread, ns.
    cpu_ns: AtomicU64,
}

impl Counters {
    /// Takes in the CPU time of the calling thread, which is the server's.
    pub(crate) fn note_cpu(&self) {
        self.cpu_ns.store(thread_cpu_ns().unwrap_or(0), Relaxed);
    }

    pub(crate) fn cpu_ns(&self) -> u64 {
        self.cpu_ns.load(Relaxed)
    }
}

/// Adds one.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}
