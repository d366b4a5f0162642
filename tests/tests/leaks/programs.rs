//! The programs: one file each, the defect as it is met in real code.

pub(crate) mod back_pressure;
pub(crate) mod backlog;
pub(crate) mod cycle;
pub(crate) mod futures_unordered;
pub(crate) mod harmless;
pub(crate) mod hash_map;
pub(crate) mod histogram;
pub(crate) mod join_handles;
pub(crate) mod join_set;
pub(crate) mod observed;
pub(crate) mod outside;
pub(crate) mod unbounded;

/// A runtime on this thread.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime on this thread")
}
