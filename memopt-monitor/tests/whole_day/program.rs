//! The made-up program: what it holds by site, and what becomes of it when it is asked to reclaim.

use crate::machine::MIB;
use memopt_monitor::program::Program;
use memopt_report::{
    Action, CallPath, Concurrency, Estimate, HeapReport, ReclaimableReport, Report, Status,
};
use memopt_runtime::optimizer::Mode;
use memopt_runtime::remedy::Pressure;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

/// A program whose cache saws and whose `hoard` leaks until somebody reclaims.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shop(pub(crate) Arc<Held>);

#[derive(Debug, Default)]
pub(crate) struct Held {
    /// Bytes of the cache.
    pub(crate) cache: AtomicU64,
    /// Bytes that leaked, and those of them that were given back.
    pub(crate) hoard: AtomicU64,
    pub(crate) reclaimed: AtomicU64,
    /// CPU time of the monitor, ns.
    pub(crate) cpu_ns: AtomicU64,
}

impl Program for Shop {
    fn report(&self) -> Report {
        Report::empty(Status::Counting)
    }

    fn holders(&self) -> Vec<ReclaimableReport> {
        Vec::new()
    }

    fn heap(&self) -> Option<HeapReport> {
        let site = |name: &str, bytes: &AtomicU64| {
            let live = Estimate::exact(bytes.load(SeqCst) / 1_000, bytes.load(SeqCst));
            CallPath::new(vec![name.to_owned()], live, live)
        };
        let mut paths =
            vec![site("shop::cache", &self.0.cache), site("shop::hoard", &self.0.hoard)];
        paths.extend((0..50).map(|n| site(&format!("shop::{n}"), &AtomicU64::new(n * MIB / 8))));
        Some(HeapReport::new(paths))
    }

    fn own_cpu(&self) -> Duration {
        Duration::from_nanos(self.0.cpu_ns.fetch_add(200_000, SeqCst))
    }

    fn sample(&self, _: u64) -> Result<(), String> {
        Ok(())
    }

    fn stop_sampling(&self) {}

    fn activity(&self) -> Concurrency {
        Concurrency::empty(Status::Counting)
    }

    fn follow(&self) -> Result<(), String> {
        Ok(())
    }

    fn reclaim(&self, _: Pressure) -> String {
        let freed = self.0.hoard.swap(0, SeqCst);
        self.0.reclaimed.fetch_add(freed, SeqCst);
        format!("let go {freed} B")
    }

    fn trim(&self, _: &str) -> Option<u64> {
        None
    }

    fn optimize(&self, _: Mode, _: usize, _: f64, _: &Report) -> Vec<Action> {
        Vec::new()
    }

    fn revert(&self, _: &str) -> bool {
        false
    }
}
