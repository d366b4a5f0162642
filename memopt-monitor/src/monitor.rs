//! The monitor: its thread, how it is started, and the handle that stops it.

mod builder;
mod snapshot;
mod worker;

pub use self::builder::{Builder, StartError};
pub use self::snapshot::Snapshot;

use self::worker::{Ask, Shared};
use crate::alerts::{Change, Silence};
use crate::config::{Config, Matcher};
use crate::engine::Engine;
use crate::history::History;
use crate::profiles::Profiles;
use memopt_report::untracked;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Starts the monitor with the settings of `memopt.toml`, if there is one, and of the environment.
///
/// # Errors
///
/// Where the settings are wrong, each fault with its place; where a monitor runs already; and where
/// no thread can be started.
///
/// # Examples
///
/// ```
/// let monitor = memopt_monitor::start()?;
/// // .. the program ..
/// drop(monitor);
/// # Ok::<(), memopt_monitor::StartError>(())
/// ```
pub fn start() -> Result<Monitor, StartError> {
    Monitor::builder().of_process().start()
}

/// A monitor that runs. Dropping it stops it, and waits until its last states are kept.
///
/// In a child that was forked it does nothing: the thread stayed with the parent. A child may start
/// its own.
#[must_use = "the monitor stops when this is dropped: bind it with `let _monitor = ..`"]
#[derive(Debug)]
pub struct Monitor {
    /// There until it is dropped.
    parts: Option<Parts>,
    thread: Option<JoinHandle<()>>,
    pid: u32,
}

#[derive(Debug)]
struct Parts {
    shared: Arc<Shared>,
    history: Arc<History>,
    profiles: Option<Profiles>,
    asks: Sender<Ask>,
}

/// How long an answer of the worker is waited for: it may be in the midst of a reading.
const ANSWER: Duration = Duration::from_secs(5);

impl Monitor {
    /// A monitor that is put together: settings, sources, sinks, call-backs.
    pub fn builder() -> Builder {
        Builder::default()
    }

    fn parts(&self) -> &Parts {
        self.parts.as_ref().expect("they are there until it is dropped")
    }

    /// What is known now; `None` before the first reading.
    pub fn published(&self) -> Option<Snapshot> {
        let published =
            self.parts().shared.published.read().unwrap_or_else(PoisonError::into_inner);
        published.clone().map(Snapshot::new)
    }

    /// All series.
    pub fn history(&self) -> &Arc<History> {
        &self.parts().history
    }

    /// The profiles on disk; none where history is in memory alone.
    pub fn profiles(&self) -> Option<&Profiles> {
        self.parts().profiles.as_ref()
    }

    /// The settings in force.
    pub fn config(&self) -> Option<Config> {
        self.ask(|engine| engine.config().clone())
    }

    /// Alerts that changed their state, the oldest first: the last thousand.
    pub fn alert_history(&self) -> Vec<Change> {
        self.ask(|engine| engine.alerts().history().cloned().collect()).unwrap_or_default()
    }

    /// Tells nobody of alerts that meet all these conditions, for a while. The number of the
    /// silence.
    ///
    /// # Errors
    ///
    /// Where there is no condition, or the worker does not answer.
    pub fn silence(
        &self,
        matchers: &[Matcher],
        time: Duration,
        by: &str,
        comment: &str,
    ) -> Result<u64, String> {
        let given = untracked(|| (matchers.to_vec(), by.to_owned(), comment.to_owned()));
        let silence = move |engine: &mut Engine| {
            let (now, (matchers, by, comment)) = (engine.now(), given);
            engine.alerts().silence(&now, matchers, time, &by, &comment)
        };
        self.ask(silence).unwrap_or_else(|| Err(NO_ANSWER.to_owned()))
    }

    /// The silences that last.
    pub fn silences(&self) -> Vec<Silence> {
        self.ask(|engine| engine.alerts().silences().to_vec()).unwrap_or_default()
    }

    /// Ends a silence. Whether there was one.
    pub fn end_silence(&self, id: u64) -> bool {
        self.ask(move |engine| engine.alerts().end_silence(id)).unwrap_or(false)
    }

    /// Takes on an alert that fires: nobody is told of it again until it ends. Whether it fires.
    pub fn acknowledge(&self, fingerprint: u64, by: &str) -> bool {
        let by = untracked(|| by.to_owned());
        self.ask(move |engine| engine.alerts().acknowledge(fingerprint, &by)).unwrap_or(false)
    }

    /// Agrees with what a collection rule proposes. Whether it still does.
    pub fn agree(&self, proposal: u64, by: &str) -> bool {
        let by = untracked(|| by.to_owned());
        self.ask(move |engine| engine.rules().agree(proposal, &by)).unwrap_or(false)
    }

    /// Refuses what a collection rule proposes. Whether it still did.
    pub fn refuse(&self, proposal: u64, by: &str) -> bool {
        let by = untracked(|| by.to_owned());
        let refuse = move |engine: &mut Engine| {
            let now = engine.now();
            engine.rules().refuse(proposal, &by, &now)
        };
        self.ask(refuse).unwrap_or(false)
    }

    /// Lets the worker do something between two ticks. `None` where it does not answer, and in a
    /// forked child. What the closure owns is dropped uncounted, so it is to be made so.
    #[doc(hidden)]
    pub fn ask<T: Clone + Send + 'static>(
        &self,
        what: impl FnOnce(&mut Engine) -> T + Send + 'static,
    ) -> Option<T> {
        if std::process::id() != self.pid {
            return None;
        }
        let answer = untracked(|| {
            let (answer, answered) = channel();
            let ask: Ask = Box::new(move |engine| {
                // Who asked may have gone.
                let _ = answer.send(what(engine));
            });
            self.parts().asks.send(ask).ok()?;
            self.parts().shared.wake.wake();
            answered.recv_timeout(ANSWER).ok()
        })?;
        // The copy is the caller's, who frees it.
        let copy = answer.clone();
        untracked(|| drop(answer));
        Some(copy)
    }
}

const NO_ANSWER: &str = "the monitor does not answer: it has stopped, or a reading takes long";

impl Drop for Monitor {
    fn drop(&mut self) {
        let Some(parts) = self.parts.take() else { return };
        if std::process::id() != self.pid {
            // The thread is the parent's: there is nothing to wait for, and what it holds is left
            // as it was when the process was forked.
            std::mem::forget((self.thread.take(), parts));
            return;
        }
        parts.shared.stop();
        if let Some(thread) = self.thread.take() {
            // A panic of the worker was caught, and told as a fault.
            let _ = thread.join();
            builder::let_another_start();
        }
        untracked(|| drop(parts));
    }
}
