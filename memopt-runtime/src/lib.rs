//! The in-process runtime of memopt: allocator, scopes, records, reports and detectors.
//!
//! Use it through the `memopt` crate. It is passive: it starts no thread and opens no socket.
//!
//! Rooms, in the order the data flows: [`alloc`] counts, [`site`] names, [`scope`] enters and leaves,
//! [`record`] keeps, [`report`] shows, [`detect`] judges, [`export`] writes for other tools, [`testing`] holds
//! tests and `main` to it.

mod alloc;
pub mod detect;
mod error;
pub mod export;
mod observe;
mod record;
pub mod report;
mod scope;
mod site;
mod sync;
mod testing;

pub use self::alloc::Alloc;
pub use self::error::Error;
pub use self::observe::{Capacity, observe};
pub use self::record::{limit_memory, memory_used};
pub use self::report::Report;
pub use self::scope::{Context, InContext, Recording, Scope, TrackAlloc, Tracked, record, record_async};
pub use self::site::Site;

/// What every site of the process allocated so far.
///
/// # Cost
///
/// Some milliseconds with a thousand sites; no other thread stops or waits. What it allocates is not counted.
pub fn report() -> Report {
    alloc::quiet::quiet(record::process_report)
}

/// What the macros emit. Not for use by hand: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use crate::scope::enter;
    pub use crate::site::{Budget, Place, Site, SiteKind};
    pub use crate::testing::{TestLimits, run_test, run_test_async};

    /// Makes a future's polls a call of `site`.
    pub fn track_future<F>(site: &'static Site, future: F) -> crate::Tracked<F> {
        crate::Tracked::new(future, site)
    }

    /// Counts an allocation that did not happen; for benchmarks of the scope alone.
    #[inline]
    pub fn simulate_alloc(bytes: usize) {
        crate::alloc::local::Local::with(|local| local.on_alloc(bytes));
    }

    /// Counts a free that did not happen; for benchmarks of the scope alone.
    #[inline]
    pub fn simulate_free(bytes: usize) {
        crate::alloc::local::Local::with(|local| local.on_free(bytes));
    }
}
