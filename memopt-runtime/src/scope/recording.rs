//! A part of the program read alone.

use super::context::{Carried, Context};
use crate::record::{self, Numbers, RecordingId};
use crate::report::{HeapReport, ProcessUse, Report};
use crate::thread::state::{ThreadState, now_ns};
use crate::thread::untracked::{Untracked, untracked};
use crate::{costs, heap, process};
use std::future::Future;
use std::sync::Arc;

/// What [`record`] returns: the value, and the report of what ran within.
#[derive(Debug)]
#[non_exhaustive]
pub struct Recording<T> {
    /// What the closure or future returned.
    pub value: T,
    /// What ran within: the work of its own thread, and of threads and tasks that carried its
    /// [`Context`].
    pub report: Report,
    /// Highest live bytes above the start, on the recording's own thread (0 for an async
    /// recording).
    pub peak_bytes: u64,
    /// To look again at what is left.
    pub(crate) left: Left,
}

/// The numbers by which blocks know a recording.
#[derive(Debug)]
pub(crate) struct Left(Untracked<Numbers>);

impl Left {
    /// What was allocated within the recording and is live now, in exact mode.
    pub(crate) fn now(&self) -> Option<HeapReport> {
        untracked(|| heap::left_by(&self.0))
    }
}

/// Closes the recording even if what is recorded panics.
struct Closing(Untracked<Arc<RecordingId>>);

impl Closing {
    fn new() -> Self {
        // Before the untracked section, in which no scope is open.
        let outer = ThreadState::with(record::recording_around);
        Self(Untracked::new(|| Arc::new(RecordingId::new(outer))))
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
        ThreadState::with(|thread| {
            // SAFETY: null, or this thread's shard.
            if let Some(shard) = unsafe { thread.shard().get().as_ref() } {
                record::closed_recordings(thread, shard);
            }
        });
    }
}

/// When a recording began.
struct Since {
    ns: u64,
    cpu_ns: Option<u64>,
    /// None where it may go on on another thread.
    thread_cpu_ns: Option<u64>,
}

impl Since {
    fn now(one_thread: bool) -> Self {
        let thread_cpu_ns = if one_thread { process::thread_cpu_ns() } else { None };
        Self { ns: now_ns(), cpu_ns: process::cpu_ns(), thread_cpu_ns }
    }

    /// CPU time since: of this thread where it alone took part, else of the process.
    fn cpu_ns(&self, threads: u64) -> Option<u64> {
        let passed = |now: Option<u64>, then: Option<u64>| Some(now?.saturating_sub(then?));
        passed(process::thread_cpu_ns(), self.thread_cpu_ns)
            .filter(|_| threads <= 1)
            .or_else(|| passed(process::cpu_ns(), self.cpu_ns))
    }
}

/// The report of a recording that began at a time.
fn read(recording: &RecordingId, since: &Since) -> (Report, Left) {
    // Before the report is made: that takes time too.
    let elapsed = now_ns() - since.ns;
    let (alone, all) = (since.cpu_ns(1), since.cpu_ns(2));
    let left = Left(Untracked::new(|| recording.numbers()));
    let report = untracked(|| {
        let report = record::recording_report(recording.id(), elapsed);
        let cpu_ns = if report.threads() <= 1 { alone } else { all };
        // What is resident is the process's and not the recording's, and takes longer to read than
        // a short recording does.
        let mut known = ProcessUse::new(cpu_ns, None, None);
        known.built_at_unix_ns = process::built_at_unix_ns();
        report.with_process(known).with_costs(costs::known()).with_heap(heap::left_by(&left.0))
    });
    (report, left)
}

/// Runs `work` and reports what was allocated within. Other threads do not count, unless they
/// carried its [`Context`], so parallel tests do not disturb each other.
///
/// The report of the process includes what was recorded. Recordings nest: the outer one includes
/// the inner.
///
/// ```
/// # #[global_allocator] static ALLOC: memopt::Alloc = memopt::Alloc::system();
/// let recording = memopt::record(|| vec![0u8; 4096]);
/// assert_eq!(recording.report.total().bytes, 4096);
/// assert_eq!(recording.report.total().allocs, 1);
/// ```
///
/// In [exact mode](crate::heap::start_exact) the report's `heap()` holds the blocks that were
/// allocated within, inner recordings included, and are still live, by site.
///
/// # Cost
///
/// Some microseconds, a millisecond the first time, and 2 KiB of records a site, which are reused
/// when the recording ends. In exact mode it takes 30 ns more for each tracked block in use. Inner
/// recordings take 16 bytes for each uninterrupted row of them.
///
/// Guide: [Gate CI](https://docs.rs/memopt/latest/memopt/docs/gate_ci/).
pub fn record<T>(work: impl FnOnce() -> T) -> Recording<T> {
    let closing = Closing::new();
    let since = Since::now(true);
    let mut carried = Carried::recording(&closing.0);
    let value = work();
    carried.close();
    let (report, left) = read(&closing.0, &since);
    Recording { value, report, peak_bytes: carried.peak, left }
}

/// As [`record`], for a future: it counts the polls, on whatever threads.
pub async fn record_async<F: Future>(future: F) -> Recording<F::Output> {
    let closing = Closing::new();
    let since = Since::now(false);
    let value = Context::within(&closing.0).attach(future).await;
    let (report, left) = read(&closing.0, &since);
    Recording { value, report, peak_bytes: 0, left }
}
