#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "track")]
#[doc(inline)]
pub use memopt_macros::{arena, main, streamed, test, track_alloc};
#[cfg(not(feature = "track"))]
#[doc(inline)]
pub use memopt_macros::{
    arena_off as arena, main_off as main, streamed_off as streamed, test_off as test,
    track_alloc_off as track_alloc,
};
#[doc(inline)]
pub use memopt_macros::{lazy_load, pooled};

#[doc(inline)]
pub use memopt_runtime::{Alloc, Context, Error, Report, TrackAlloc};
#[doc(inline)]
pub use memopt_runtime::{optimizer, record, report, scope, site};

#[cfg(any(feature = "tower", feature = "tracing"))]
#[doc(inline)]
pub use memopt_runtime::integrate;
#[cfg(feature = "tokio")]
#[doc(inline)]
pub use memopt_runtime::spawn;

/// The heap by site and by stack, and reports of it written to files.
pub mod heap {
    #[cfg(feature = "dump")]
    #[doc(inline)]
    pub use memopt_runtime::dump::{Dumps, dump_above, dump_on_signal};
    #[doc(inline)]
    pub use memopt_runtime::heap::*;
}

/// The monitor: a thread that keeps history, finds leaks and trends, alerts and acts; and the
/// server that shows what it knows.
#[cfg(feature = "monitor")]
pub mod monitor {
    #[doc(inline)]
    pub use memopt_monitor::*;
    #[cfg(feature = "server")]
    #[doc(inline)]
    pub use memopt_server as server;
}

/// What changes how a program uses its memory: the types behind the attributes, and what they hold
/// for reuse.
pub mod remedy {
    #[doc(inline)]
    pub use memopt_macros::{MemSize, Pooled, pool, presize};
    #[doc(inline)]
    pub use memopt_runtime::remedy::*;
}

/// Types behind the names at the root, and the settings of the runtime.
pub mod runtime {
    #[doc(inline)]
    pub use memopt_runtime::{
        Capacity, InContext, Recording, Scope, Site, Tracked, concurrency, memory_used, observe,
        record_async, set_record_limit,
    };
}

/// The names most programs need, and the traits that bring methods: `use memopt::prelude::*;`
pub mod prelude {
    pub use crate::remedy::{MemSize, Pooled, Reclaimable, Recycle, pool, presize};
    pub use crate::{Alloc, Context, Report, TrackAlloc, scope, site, track_alloc};
}

#[cfg(any(doc, doctest))]
pub mod docs;

#[doc(hidden)]
pub use memopt_runtime::__private;
