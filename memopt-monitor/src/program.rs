//! The observed program, as the monitor asks it. Tests give a made-up one.

use crate::governor::Counted;
use memopt_report::{HeapReport, Report};
use memopt_runtime::{__private, heap, traffic};
use std::fmt::Debug;
use std::time::Duration;

/// What can be asked of the program beside its series, and changed in it.
///
/// All calls come from the monitor's thread, in a section that the counters do not see.
pub trait Program: Debug + Send {
    /// The report of all sites.
    fn report(&self) -> Report;

    /// The blocks that are sampled; `None` where nothing ever was.
    fn heap(&self) -> Option<HeapReport>;

    /// What the hook counted since the process began.
    fn counted(&self) -> Counted;

    /// CPU time that the calling thread has taken.
    fn own_cpu(&self) -> Duration;

    /// Samples one block in so many bytes from here on.
    ///
    /// # Errors
    ///
    /// Why it cannot.
    fn sample(&self, mean_bytes: u64) -> Result<(), String>;
}

/// The process that the monitor runs in.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThisProcess;

impl Program for ThisProcess {
    fn report(&self) -> Report {
        memopt_runtime::report()
    }

    fn heap(&self) -> Option<HeapReport> {
        heap::is_on().then(heap::snapshot)
    }

    fn counted(&self) -> Counted {
        let traffic = traffic();
        let total = traffic.total;
        Counted {
            calls: total.allocs + total.frees + total.reallocs,
            scopes: traffic.sites.iter().map(|site| site.calls).sum(),
            samples: 0,
        }
    }

    fn own_cpu(&self) -> Duration {
        Duration::from_nanos(__private::thread_cpu_ns().unwrap_or(0))
    }

    fn sample(&self, mean_bytes: u64) -> Result<(), String> {
        heap::start_sampling(mean_bytes).map_err(|error| error.to_string())
    }
}
