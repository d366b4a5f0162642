#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

/// The global allocator: forwards to another one and counts.
#[doc(inline)]
pub use memopt_runtime::Alloc;
/// Carries the open scope and its recordings to another thread or task.
#[doc(inline)]
pub use memopt_runtime::Context;
/// What can go wrong.
#[doc(inline)]
pub use memopt_runtime::Error;
/// What a recording gives: the value and the report.
#[doc(inline)]
pub use memopt_runtime::Recording;
/// What every site allocated.
#[doc(inline)]
pub use memopt_runtime::Report;
/// `.track_alloc(site!(..))` on any future or stream.
#[doc(inline)]
pub use memopt_runtime::TrackAlloc;
/// How much of a collection's capacity is used.
#[doc(inline)]
pub use memopt_runtime::observe;
/// The process-wide report; and the module of its model.
#[doc(inline)]
pub use memopt_runtime::report;
/// What runs in a closure, read alone.
#[doc(inline)]
pub use memopt_runtime::{record, record_async};
/// A scope for a block, a site for a future.
#[doc(inline)]
pub use memopt_runtime::{scope, site};

/// Memory for many values that end together.
#[doc(inline)]
pub use memopt_runtime::remedy::arena::Arena;
/// A value that is held compressed while it is not read.
#[doc(inline)]
pub use memopt_runtime::remedy::compressed::Compressed;

/// How much memory a value takes, all it owns included: the trait and its derive.
#[doc(inline)]
pub use memopt_macros::MemSize;
#[doc(inline)]
pub use memopt_runtime::remedy::mem_size::MemSize;

/// The attributes: on functions, methods, impls, traits and modules; on `main`; on tests.
#[doc(inline)]
pub use memopt_macros::{arena, main, test, track_alloc};

/// The attributes of remedies.
#[doc(inline)]
pub use memopt_macros::streamed;

/// Objects and buffers that are used again instead of freed and allocated.
#[doc(inline)]
pub use memopt_macros::{Pooled, pooled};

/// Values that are loaded when first read.
#[doc(inline)]
pub use memopt_macros::lazy_load;

/// Findings, their rules, and how they are printed.
#[doc(inline)]
pub use memopt_runtime::detect;
/// Formats other tools read.
#[doc(inline)]
pub use memopt_runtime::export;
/// The heap of the running process: reports of it written to files.
#[doc(inline)]
pub use memopt_runtime::heap;

/// Sites made from what other crates mark already: spans of `tracing`, routes of `tower` services.
#[cfg(any(feature = "tower", feature = "tracing"))]
#[doc(inline)]
pub use memopt_runtime::integrate;

/// What changes how a program uses its memory: the types behind the attributes, and what holds memory for later.
#[doc(inline)]
pub use memopt_runtime::remedy;
/// Applies what the detectors suggest, proves the effect or takes it back; and the module of its settings.
#[doc(inline)]
pub use memopt_runtime::{optimize, optimizer};

/// Types behind the names above, and the knobs of the runtime.
pub mod runtime {
    pub use memopt_runtime::{Capacity, InContext, Scope, Site, Tracked, limit_memory, memory_used};
}

/// What most programs need: `use memopt::prelude::*;`
pub mod prelude {
    pub use memopt_runtime::{Alloc, Context, Report, TrackAlloc, scope, site};

    pub use memopt_macros::track_alloc;
}

#[doc(hidden)]
pub use memopt_runtime::__private;
