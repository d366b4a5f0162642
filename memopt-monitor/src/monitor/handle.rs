//! What others hold to read the monitor and to ask it something.

use super::worker::{Ask, Shared};
use crate::alerts::{Change, Silence};
use crate::config::{Config, Labels, Matcher};
use crate::engine::Engine;
use crate::history::History;
use crate::metric::Metric;
use crate::monitor::Snapshot;
use crate::profiles::Profiles;
use memopt_report::untracked;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::{SyncSender, TrySendError, channel};
use std::time::Duration;

/// Reads a monitor and asks it, from any thread. It does not keep the monitor running: once that
/// has stopped, what was published last stays readable, and nothing is answered.
///
/// Neither cloning nor dropping it shows in the figures of the program.
#[derive(Debug)]
pub struct Handle(Option<Parts>);

#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub(super) shared: Arc<Shared>,
    pub(super) history: Arc<History>,
    pub(super) profiles: Option<Profiles>,
    pub(super) labels: Labels,
    pub(super) config: Arc<Config>,
    pub(super) metrics: Arc<BTreeMap<&'static str, Metric>>,
    pub(super) asks: SyncSender<Ask>,
    pub(super) pid: u32,
}

/// How long an answer of the worker is waited for: it may be in the midst of a reading.
const ANSWER: Duration = Duration::from_secs(5);

impl Handle {
    pub(super) fn new(parts: Parts) -> Self {
        Self(Some(parts))
    }

    fn parts(&self) -> &Parts {
        self.0.as_ref().expect("they are there until it is dropped")
    }

    /// Lets the worker end.
    pub(super) fn stop(&self) {
        self.parts().shared.stop();
    }

    /// Whether the worker ends in this time.
    pub(super) fn has_ended(&self, time: Duration) -> bool {
        self.parts().shared.ended.wait(time)
    }

    /// The process that the monitor runs in. A forked child has another one.
    pub fn pid(&self) -> u32 {
        self.parts().pid
    }

    /// Whether the monitor is switched on, and was not told to stop.
    pub fn is_running(&self) -> bool {
        !self.parts().shared.is_stopping()
    }

    /// Pauses the monitor until it is [resumed](Self::resume): it does not read, judge or act, and
    /// samples no block. Counting goes on, and what is known stays readable. Returns whether the
    /// worker answered.
    pub fn pause(&self) -> bool {
        self.set_paused(true)
    }

    /// Resumes a paused monitor, with heap sampling as the settings say. Returns whether the worker
    /// answered.
    pub fn resume(&self) -> bool {
        self.set_paused(false)
    }

    fn set_paused(&self, is_paused: bool) -> bool {
        let shared = untracked(|| Arc::clone(&self.parts().shared));
        let set = move |engine: &mut Engine| {
            engine.pause(is_paused);
            shared.set_paused(is_paused);
        };
        self.ask(set).is_some()
    }

    /// The worker does not end, and another monitor may start.
    pub(super) fn leave_behind(&self) {
        self.parts().shared.leave_behind();
    }

    /// Whether the monitor is paused.
    pub fn is_paused(&self) -> bool {
        self.parts().shared.is_paused()
    }

    /// What is known now; `None` before the first reading. In a forked child what was known when it
    /// was forked, or `None`.
    pub fn published(&self) -> Option<Snapshot> {
        let is_child = std::process::id() != self.pid();
        self.parts().shared.published(is_child).map(Snapshot::new)
    }

    /// All series.
    pub fn history(&self) -> &Arc<History> {
        &self.parts().history
    }

    /// The profiles on disk; none where history is in memory alone.
    pub fn profiles(&self) -> Option<&Profiles> {
        self.parts().profiles.as_ref()
    }

    /// The labels that identify the program and the instance in alerts and metrics.
    pub fn labels(&self) -> &Labels {
        &self.parts().labels
    }

    /// All metrics that may be reported, by name.
    pub fn metrics(&self) -> &Arc<BTreeMap<&'static str, Metric>> {
        &self.parts().metrics
    }

    /// The settings that the monitor was started with: what a server beside it obeys.
    pub fn config_at_start(&self) -> &Config {
        &self.parts().config
    }

    /// The settings in force.
    pub fn config(&self) -> Option<Config> {
        self.ask(|engine| engine.config().clone())
    }

    /// Alerts that changed their state, the oldest first: the last thousand.
    pub fn alert_history(&self) -> Vec<Change> {
        self.ask(|engine| engine.alerts().history().cloned().collect()).unwrap_or_default()
    }

    /// Silences alerts that meet all these conditions, for a while. Returns the number of the
    /// silence.
    ///
    /// # Errors
    ///
    /// If there is no condition, or the worker does not answer.
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
        self.change(silence).unwrap_or_else(|| Err(NO_ANSWER.to_owned()))
    }

    /// The silences that last.
    pub fn silences(&self) -> Vec<Silence> {
        self.ask(|engine| engine.alerts().silences().to_vec()).unwrap_or_default()
    }

    /// Ends a silence. Whether there was one.
    pub fn end_silence(&self, id: u64) -> bool {
        self.change(move |engine| engine.alerts().end_silence(id)).unwrap_or(false)
    }

    /// Acknowledges an alert that fires: it is not sent again until it ends. Returns whether it
    /// fires.
    pub fn acknowledge(&self, fingerprint: u64, by: &str) -> bool {
        let by = untracked(|| by.to_owned());
        self.change(move |engine| engine.alerts().acknowledge(fingerprint, &by)).unwrap_or(false)
    }

    /// Agrees with what a collection rule proposes. Whether it still does.
    pub fn agree(&self, proposal: u64, by: &str) -> bool {
        let by = untracked(|| by.to_owned());
        self.change(move |engine| engine.rules().agree(proposal, &by)).unwrap_or(false)
    }

    /// Refuses what a collection rule proposes. Whether it still did.
    pub fn refuse(&self, proposal: u64, by: &str) -> bool {
        let by = untracked(|| by.to_owned());
        let refuse = move |engine: &mut Engine| {
            let now = engine.now();
            engine.rules().refuse(proposal, &by, &now)
        };
        self.change(refuse).unwrap_or(false)
    }

    /// Lets the worker change states of alerts or rules, which later runs are to know.
    fn change<T: Clone + Send + 'static>(
        &self,
        what: impl FnOnce(&mut Engine) -> T + Send + 'static,
    ) -> Option<T> {
        self.ask(move |engine| {
            let done = what(engine);
            engine.keep();
            done
        })
    }

    /// Lets the worker do something between two ticks. `None` where it does not answer, and in a
    /// forked child. What the closure owns is dropped uncounted, so it is to be made so.
    #[doc(hidden)]
    pub fn ask<T: Clone + Send + 'static>(
        &self,
        what: impl FnOnce(&mut Engine) -> T + Send + 'static,
    ) -> Option<T> {
        self.ask_within(ANSWER, what)
    }

    /// Puts a request into the worker's queue. One that finds it full is dropped and counted.
    fn send(&self, ask: Ask) -> bool {
        match self.parts().asks.try_send(ask) {
            Ok(()) => {
                self.parts().shared.wake.wake();
                true
            }
            Err(TrySendError::Full(_)) => {
                self.parts().shared.count_refused();
                false
            }
            // A worker that has ended does nothing more.
            Err(TrySendError::Disconnected(_)) => false,
        }
    }

    /// The same, without waiting for it.
    #[doc(hidden)]
    pub fn let_do(&self, what: impl FnOnce(&mut Engine) + Send + 'static) {
        if std::process::id() != self.pid() {
            return;
        }
        untracked(|| {
            self.send(Box::new(what));
        });
    }

    /// The same as [`ask`](Self::ask), with so much time for the answer: for what takes longer.
    ///
    /// What was not begun in this time is not done. Where it was begun, its end is waited for as
    /// long again.
    #[doc(hidden)]
    pub fn ask_within<T: Clone + Send + 'static>(
        &self,
        time: Duration,
        what: impl FnOnce(&mut Engine) -> T + Send + 'static,
    ) -> Option<T> {
        if std::process::id() != self.pid() {
            return None;
        }
        let answer = untracked(|| {
            let (answer, answered) = channel();
            // Set by the worker that begins, or by who asked and waits no longer.
            let taken = Arc::new(AtomicBool::new(false));
            let taken_by_worker = Arc::clone(&taken);
            let ask: Ask = Box::new(move |engine| {
                if !taken_by_worker.swap(true, SeqCst) {
                    // Who asked may have gone.
                    let _ = answer.send(what(engine));
                }
            });
            if !self.send(ask) {
                return None;
            }
            let in_time = answered.recv_timeout(time).ok();
            if in_time.is_some() || !taken.swap(true, SeqCst) {
                return in_time;
            }
            answered.recv_timeout(time).ok()
        })?;
        // The copy is the caller's, who frees it.
        let copy = answer.clone();
        untracked(|| drop(answer));
        Some(copy)
    }
}

const NO_ANSWER: &str = "the monitor does not answer: it has stopped, or a reading takes long";

impl Clone for Handle {
    fn clone(&self) -> Self {
        untracked(|| Self(self.0.clone()))
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        untracked(|| drop(self.0.take()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Monitor;
    use crate::engine::own;
    use crate::monitor::worker::MOST_ASKS;
    use crate::series::Key;
    use std::sync::atomic::AtomicU32;
    use std::sync::{Mutex, PoisonError};

    /// One monitor runs in a process at a time.
    static TURN: Mutex<()> = Mutex::new(());

    #[test]
    fn what_was_refused_is_not_done_later() {
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let monitor = Monitor::builder().start().unwrap();
        let count = Arc::new(AtomicU32::new(0));
        let (busy, is_busy) = channel();
        let (go, wait) = channel::<()>();
        monitor.let_do(move |_| {
            busy.send(()).unwrap();
            wait.recv().unwrap();
        });
        is_busy.recv().unwrap();
        let counted = Arc::clone(&count);
        let add = move |_: &mut Engine| counted.fetch_add(1, SeqCst);
        assert_eq!(monitor.ask_within(Duration::from_millis(50), add.clone()), None);
        go.send(()).unwrap();
        // The next question finds that nothing was done before it.
        assert_eq!(monitor.ask_within(Duration::from_secs(60), add), Some(0));
    }

    #[test]
    fn a_worker_that_is_busy_has_a_queue_of_a_bounded_length() {
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let monitor = Monitor::builder().start().unwrap();
        let count = Arc::new(AtomicU32::new(0));
        let (busy, is_busy) = channel();
        let (go, wait) = channel::<()>();
        monitor.let_do(move |_| {
            busy.send(()).unwrap();
            wait.recv().unwrap();
        });
        is_busy.recv().unwrap();
        for _ in 0..MOST_ASKS + 10 {
            let counted = Arc::clone(&count);
            monitor.let_do(move |_| {
                counted.fetch_add(1, SeqCst);
            });
        }
        let began = std::time::Instant::now();
        assert_eq!(monitor.ask_within(Duration::from_secs(60), |_| ()), None);
        assert!(began.elapsed() < Duration::from_secs(30), "it is not waited for");
        go.send(()).unwrap();
        while count.load(SeqCst) < MOST_ASKS as u32 {
            std::thread::sleep(Duration::from_millis(1));
        }
        let key = Key::new(own::REFUSED.name);
        let refused = move |engine: &mut Engine| engine.published().frame.get(&key);
        // The worker tells it with the next reading.
        let end = std::time::Instant::now() + Duration::from_secs(60);
        while monitor.ask(refused.clone()) != Some(Some(11.0)) {
            assert!(std::time::Instant::now() < end);
            std::thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(count.load(SeqCst), MOST_ASKS as u32);
    }
}
