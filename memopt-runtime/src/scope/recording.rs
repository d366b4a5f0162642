//! A part of the program read alone.

use super::context::{Carried, Context};
use crate::alloc::local::{Local, now_ns};
use crate::alloc::quiet::{Quiet, quiet};
use crate::heap;
use crate::record::{self, Realm};
use crate::report::Report;
use std::future::Future;
use std::sync::Arc;

/// What [`record`] gives: the value and the report of what ran within.
#[derive(Debug)]
#[non_exhaustive]
pub struct Recording<T> {
    /// What the closure or future gave.
    pub value: T,
    /// What ran within: its own thread's work and whatever carried its [`Context`].
    pub report: Report,
    /// Highest live bytes above the start, on the recording's own thread (0 for an async recording).
    pub peak_bytes: u64,
}

/// Closes the recording even if what is recorded panics.
struct Closing(Quiet<Arc<Realm>>);

impl Closing {
    fn new() -> Self {
        // Before the quiet section, in which no scope is open.
        let outer = Local::with(record::realm_around);
        Self(Quiet::new(|| Arc::new(Realm::new(outer))))
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
        Local::with(|local| {
            // SAFETY: null, or this thread's shard.
            if let Some(shard) = unsafe { local.shard.get().as_ref() } {
                record::closed_realms(local, shard);
            }
        });
    }
}

/// The report of a recording that began at a time.
fn read(realm: &Realm, since: u64) -> Report {
    quiet(|| record::realm_report(realm.id(), now_ns() - since).with_heap(heap::left_by(&realm.numbers())))
}

/// Runs `work` and reports what was allocated within, and nothing else: not what other threads did meanwhile,
/// unless they carried its [`Context`]. Parallel tests do not see each other.
///
/// The process-wide report holds what was recorded too. Recordings nest: the outer one holds the inner.
///
/// ```
/// # #[global_allocator] static ALLOC: memopt_runtime::Alloc = memopt_runtime::Alloc::system();
/// let recording = memopt_runtime::record(|| vec![0u8; 4096]);
/// assert_eq!(recording.report.total().bytes, 4096);
/// assert_eq!(recording.report.total().allocs, 1);
/// ```
///
/// In [exact mode](crate::heap::start_exact) the report's `heap()` holds what is left of the blocks allocated within, inner
/// recordings included, by site.
///
/// # Cost
///
/// Some microseconds and 2 KiB of records a site, used again when it ends. In exact mode 30 ns a followed block in use, too. For the
/// recordings within it keeps 16 bytes for each row of them that no recording from elsewhere interrupts.
pub fn record<T>(work: impl FnOnce() -> T) -> Recording<T> {
    let closing = Closing::new();
    let since = now_ns();
    let mut carried = Carried::realm(&closing.0);
    let value = work();
    carried.close();
    let report = read(&closing.0, since);
    Recording { value, report, peak_bytes: carried.peak }
}

/// As [`record`], for a future: its polls on whatever threads.
pub async fn record_async<F: Future>(future: F) -> Recording<F::Output> {
    let closing = Closing::new();
    let since = now_ns();
    let value = Context::within(&closing.0).attach(future).await;
    let report = read(&closing.0, since);
    Recording { value, report, peak_bytes: 0 }
}
