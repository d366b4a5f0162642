//! `#[memopt::main]`: the report when the program ends, by a return from `main`, by a panic, or by
//! `std::process::exit` on any thread.
//!
//! Rooms: `sinks` (where reports go), `say` (lines for people).

mod say;
mod sinks;

pub(super) use self::say::say;
use self::sinks::Sink;
use super::sample::{self, Started};
use super::switch::is_on;
use crate::process;
use crate::report::{Error, Report};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// Said where nothing was asked for.
const HOW_TO: &str = "memopt: no report was asked for; MEMOPT_REPORT=text prints one when the \
                      program ends, MEMOPT_QUIET=1 ends this line";

/// The same where blocks are sampled and nobody asked for what was seen. The program may read it
/// itself.
const HOW_TO_HEAP: &str = "memopt: MEMOPT_HEAP samples blocks and no report was asked for; \
                           MEMOPT_REPORT=heap:heap.txt writes what was seen when the program ends, \
                           MEMOPT_QUIET=1 ends this line";

/// How long an exit waits for a report that another thread is writing. A report of the largest
/// programs takes a second.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is to be written when this process ends.
enum State {
    /// Nothing, or it is written.
    Idle,
    /// These. Where blocks are told of, what came of `MEMOPT_HEAP` says why there are none.
    Due(Vec<Sink>, Result<Started, Error>),
    /// A thread is at it.
    Writing(ThreadId),
}

/// The process that the reports were asked for in. A child that was forked from it looks at nothing
/// else: what the lock guards may have been in use on a thread that the child does not have.
static OWNER: AtomicU32 = AtomicU32::new(0);
static STATE: Mutex<State> = Mutex::new(State::Idle);
static WRITTEN: Condvar = Condvar::new();

fn state() -> MutexGuard<'static, State> {
    // Nothing panics while it is held.
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lives as long as `main`; the reports are written when it goes, or when the process ends before.
#[derive(Debug)]
pub struct Main(());

impl Main {
    /// Reads `MEMOPT_REPORT`, else takes `report`, else nothing is written; and samples the blocks
    /// that `MEMOPT_HEAP` says.
    ///
    /// A setting that means nothing, and a file that cannot be written, are told on the standard
    /// error stream and the program goes on.
    pub fn start(report: Option<&str>) -> Self {
        let (taker, wanted) = match std::env::var("MEMOPT_REPORT") {
            Ok(value) => ("MEMOPT_REPORT", Some(value)),
            Err(std::env::VarError::NotPresent) => {
                ("`#[memopt::main(report = ..)]`", report.map(str::to_owned))
            }
            Err(std::env::VarError::NotUnicode(_)) => {
                ("MEMOPT_REPORT", Some("\u{fffd}".to_owned()))
            }
        };
        let is_asked = wanted.is_some();
        let heap = sample::start();
        let how_to = match &heap {
            Ok(Started::Sampling) => Some(HOW_TO_HEAP),
            Ok(Started::NotAsked) => Some(HOW_TO),
            _ => None,
        };
        crate::untracked(|| {
            let (sinks, errors) = sinks::parse(taker, wanted.as_deref().unwrap_or_default());
            let unwritable = sinks.iter().filter_map(|sink| sink.try_path().err());
            for error in errors.into_iter().chain(unwritable) {
                say(&format!("memopt: {error}"));
            }
            if let Err(error) = &heap {
                say(&format!("memopt: {error}"));
            }
            if !sinks.is_empty() {
                *state() = State::Due(sinks, heap);
                OWNER.store(std::process::id(), Relaxed);
                process::at_exit(write_what_is_due);
            }
        });
        if let Some(how_to) = how_to.filter(|_| !is_asked && !is_quiet()) {
            say(how_to);
        }
        Self(())
    }
}

impl Drop for Main {
    fn drop(&mut self) {
        write_what_is_due();
    }
}

/// Whether people want no advice.
fn is_quiet() -> bool {
    is_on("MEMOPT_QUIET")
}

/// Writes the reports now, since the process is about to end by a signal.
#[cfg(all(feature = "autostart", unix, not(miri)))]
pub(crate) fn write_now() {
    write_what_is_due();
}

/// Says in a line how much there is to change, below a report of figures alone.
fn say_findings(report: &Report) {
    let findings = report.findings();
    match findings.len() {
        0 => say(&format!("memopt: {findings}")),
        1 => say("memopt: 1 finding; MEMOPT_REPORT=text,findings says what to change"),
        number => {
            say(&format!(
                "memopt: {number} findings; MEMOPT_REPORT=text,findings says what to change"
            ));
        }
    }
}

/// Writes the reports, once, in the process that they were asked for in: not in a child that was
/// forked from it, whose figures are another's. Where another thread writes them, waits for it: the
/// process would end in the middle.
fn write_what_is_due() {
    if OWNER.load(Relaxed) != std::process::id() {
        return;
    }
    let own = thread::current().id();
    let (sinks, started) = {
        let mut state = state();
        match std::mem::replace(&mut *state, State::Idle) {
            State::Due(sinks, started) => {
                *state = State::Writing(own);
                (sinks, started)
            }
            State::Idle => return,
            // `exit` was called by what writes.
            State::Writing(writer) if writer == own => return,
            State::Writing(writer) => {
                *state = State::Writing(writer);
                let busy = |state: &mut State| matches!(state, State::Writing(_));
                let _ = WRITTEN.wait_timeout_while(state, PATIENCE, busy);
                return;
            }
        }
    };
    let report = crate::report();
    let only_text = sinks.contains(&Sink::Text(None)) && !sinks.iter().any(Sink::is_findings);
    crate::untracked(|| {
        for sink in sinks {
            if let Err(error) = sink.write(&report, &started) {
                say(&format!("memopt: {error}"));
            }
        }
        if only_text && !is_quiet() {
            say_findings(&report);
        }
    });
    *state() = State::Idle;
    WRITTEN.notify_all();
}
