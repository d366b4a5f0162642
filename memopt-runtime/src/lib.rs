//! The in-process runtime of memopt: allocator, scopes, records, heap samples, remedies and the
//! optimizer.
//!
//! Use it through the `memopt` crate. It opens no socket, and starts a thread only for dumps and
//! the feature `autostart`.

// ARCHITECTURE.md has the rooms, from the ground floor up.

#[cfg(feature = "track")]
mod address_space;
#[cfg(all(feature = "autostart", not(miri)))]
mod autostart;
mod capacity;
#[cfg(feature = "track")]
mod concurrency;
#[cfg(feature = "track")]
mod costs;
#[doc(hidden)]
pub mod dump;
pub mod heap;
mod hook;
#[cfg(any(feature = "tower", feature = "tracing"))]
pub mod integrate;
#[cfg_attr(not(feature = "track"), allow(dead_code, reason = "the pools' part is used"))]
mod machine;
#[cfg(not(feature = "track"))]
mod off;
#[cfg(feature = "track")]
pub mod optimizer;
#[cfg(not(feature = "track"))]
#[path = "off/optimizer.rs"]
pub mod optimizer;
#[cfg_attr(
    not(feature = "track"),
    allow(dead_code, reason = "a report of nothing asks for no limit")
)]
mod process;
#[cfg(feature = "track")]
mod process_report;
#[cfg(feature = "track")]
mod record;
#[cfg(feature = "track")]
mod region;
pub mod remedy;
#[cfg(feature = "track")]
mod scope;
#[cfg(feature = "track")]
mod site;
#[cfg(feature = "tokio")]
mod spawn;
#[cfg_attr(
    not(feature = "track"),
    allow(dead_code, unused_imports, reason = "the pools' part is used")
)]
mod sync;
#[cfg(feature = "track")]
mod tasks;
mod testing;
#[cfg(feature = "track")]
mod thread;

pub use self::capacity::Capacity;
#[cfg(feature = "track")]
pub use self::concurrency::concurrency;
pub use self::hook::Alloc;
#[cfg(feature = "track")]
pub(crate) use self::hook::count;
#[cfg(all(feature = "dump", not(feature = "track")))]
pub(crate) use self::off::live_bytes;
#[cfg(not(feature = "track"))]
pub(crate) use self::off::untracked;
#[cfg(not(feature = "track"))]
pub use self::off::{
    Context, InContext, Recording, Scope, Site, TrackAlloc, Tracked, concurrency, memory_used,
    observe, record, record_async, report, set_record_limit,
};
pub use self::optimizer::optimizer;
#[cfg(feature = "track")]
pub use self::process_report::report;
#[cfg(all(feature = "dump", feature = "track"))]
pub(crate) use self::record::live_bytes;
#[cfg(feature = "track")]
pub use self::record::{
    SiteTraffic, ThreadTraffic, Traffic, memory_used, set_record_limit, totals, traffic,
};
#[cfg(feature = "track")]
pub use self::scope::{
    Context, InContext, Recording, Scope, TrackAlloc, Tracked, observe, record, record_async,
};
#[cfg(feature = "track")]
pub use self::site::Site;
#[cfg(feature = "tokio")]
pub use self::spawn::spawn;
#[cfg(feature = "track")]
pub(crate) use self::thread::untracked::untracked;
pub use memopt_report::{Error, Report};

/// The model of a report, how it is printed and written, and the detectors' findings.
pub mod report {
    #[doc(inline)]
    pub use memopt_report::*;
}

/// What the macros emit. Not for use by hand: it changes without notice.
#[doc(hidden)]
pub mod __private {
    #[cfg(feature = "track")]
    pub use crate::costs::measured as cost_model;
    #[cfg(feature = "track")]
    pub use crate::heap::{modules, unwind};
    #[cfg(not(feature = "track"))]
    pub use crate::off::{Site, enter};
    pub use crate::process::{
        SystemAllocator, SystemCounts, SystemMemory, SystemUse, host_name, process_wall_ns,
        system_allocator, system_counts, system_memory, system_use, thread_cpu_ns,
    };
    pub use crate::remedy::lazy::{Shallow, Weigher, weigh_held};
    pub use crate::remedy::mem_size::{FieldShape, Fields, MemSize, Shape, VariantShape, Walk};
    pub use crate::remedy::registry::{reclaim_named, reports as reclaimables};
    pub use crate::remedy::stream::{
        Sender, Streamed, StreamedAsync, capacity, streamed, streamed_async,
    };
    pub use crate::remedy::{Cache, Evictable, Lazy, Learner, Loaded, Singleton};
    pub use crate::remedy::{Family, Limits, PoolGuard, Recycle};
    #[cfg(feature = "track")]
    pub use crate::scope::{
        BodyScope, PolledWith, Scope, ScopeUnlessOff, Turn, enter, enter_body, enter_unless_off,
    };
    #[cfg(feature = "track")]
    pub use crate::site::tracking::{site_places, track_site, untracked_sites};
    #[cfg(feature = "track")]
    pub use crate::site::{Budget, Place, Site, SiteKind};
    #[cfg(feature = "track")]
    pub use crate::tasks::live_tasks;
    pub use crate::testing::{Main, TestLimits, run_test, run_test_async};
    #[cfg(not(feature = "track"))]
    pub use crate::testing::{limits_not_judged, nothing_is_recorded};
    #[cfg(feature = "track")]
    pub use crate::thread::own_bytes;
    #[cfg(feature = "track")]
    pub use crate::{__awaited as awaited, __awaited_simple as awaited_simple};
    /// The standard library's own, whatever a crate calls `core`.
    pub use core;

    #[cfg(feature = "track")]
    /// Makes a future's polls a call of `site`.
    pub fn track_future<F>(site: &'static Site, future: F) -> crate::Tracked<F> {
        crate::Tracked::new(future, site)
    }

    #[cfg(feature = "track")]
    /// Counts an allocation that did not happen; for benchmarks of the scope alone.
    #[inline]
    pub fn simulate_alloc(bytes: usize) {
        use crate::count;
        let mut sizes = count::sizes();
        if sizes.are_looked_at() {
            if bytes > count::SMALL_MAX || (sizes.may_be_due() && count::is_due(bytes)) {
                count::alloc_any(std::ptr::null_mut(), bytes);
                return;
            }
            sizes = sizes.of_site();
            if sizes.are_looked_at() {
                // SAFETY: sizes of a site; the size is a small one.
                unsafe { count::small_ahead(sizes, bytes) };
            }
        }
        count::alloc_ahead(bytes);
    }

    #[cfg(feature = "track")]
    /// Counts a free that did not happen; for benchmarks of the scope alone.
    #[inline]
    pub fn simulate_free(bytes: usize) {
        if crate::count::is_apart() {
            crate::count::free_apart(bytes);
        } else {
            crate::count::free(bytes);
        }
    }
}
