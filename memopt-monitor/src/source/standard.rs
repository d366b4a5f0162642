//! All sources of memopt.

#[cfg(feature = "tokio")]
use super::tokio;
use super::{Root, Source, allocator, cgroup, heap, host, pressure, process, reclaimable, tasks};
use std::time::Duration;

/// How many things a source reports by name. The rest is summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Most {
    /// Sites, and sites of tasks.
    pub sites: usize,
    /// Threads.
    pub threads: usize,
    /// Pools, caches, arenas.
    pub holders: usize,
}

impl Default for Most {
    fn default() -> Self {
        Self { sites: 20, threads: 10, holders: 10 }
    }
}

/// All sources of memopt, of the machine whose files lie below `root`.
///
/// What is expensive to read is read once in `slow`. Where that takes long it is read less often,
/// but once in `longest`.
pub fn standard(
    root: &Root,
    most: Most,
    slow: Duration,
    longest: Duration,
) -> Vec<Box<dyn Source>> {
    let root = || root.clone();
    vec![
        Box::new(heap::Heap::new(root(), most.sites, most.threads)),
        Box::new(process::Process::new(root(), slow)),
        Box::new(cgroup::Cgroup::new(root())),
        Box::new(host::Host::new(root())),
        Box::new(pressure::Pressure::new(root())),
        Box::new(allocator::Allocator::new(slow, longest)),
        Box::new(tasks::Tasks::new(most.sites / 2)),
        Box::new(reclaimable::Reclaimables::new(most.holders)),
        #[cfg(feature = "tokio")]
        Box::new(tokio::Tokio::new()),
    ]
}
