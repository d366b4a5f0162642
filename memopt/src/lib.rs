#![forbid(unsafe_code)]
//! memopt.

pub use memopt_macros::{main, test, track_alloc};
pub use memopt_runtime::{
    Alloc, Capacity, Context, Error, InContext, Recording, Report, Scope, Site, TrackAlloc, Tracked,
    limit_memory, memory_used, observe, record, record_async, report, scope, site,
};

/// The model of a report, and what can be read from it.
pub mod reports {
    pub use memopt_runtime::detect::*;
    pub use memopt_runtime::export::*;
    pub use memopt_runtime::report::*;
}

#[doc(hidden)]
pub use memopt_runtime::__private;
