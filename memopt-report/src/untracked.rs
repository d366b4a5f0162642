//! Work of memopt's own that must not show in the figures of the observed program.
//!
//! This crate does not know who counts. The runtime sets one function, which runs a closure without
//! counting what it allocates; without a runtime the closure simply runs.

use std::sync::OnceLock;

/// Runs a closure uncounted.
type Run = fn(&mut dyn FnMut());

static RUN: OnceLock<Run> = OnceLock::new();

/// Tells this crate how to run work that is not counted. The first call wins; the runtime makes it.
#[doc(hidden)]
pub fn set_untracked(run: Run) {
    // Later calls bring the same function: there is one runtime a process.
    let _ = RUN.set(run);
}

/// Runs `work` without counting what it allocates or frees on this thread.
#[doc(hidden)]
pub fn untracked<T>(work: impl FnOnce() -> T) -> T {
    let Some(run) = RUN.get() else { return work() };
    let (mut work, mut result) = (Some(work), None);
    run(&mut || {
        if let Some(work) = work.take() {
            result = Some(work());
        }
    });
    match result {
        Some(result) => result,
        None => unreachable!("the runtime runs the closure it is given"),
    }
}
