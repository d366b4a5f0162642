//! What is sent to others in an interval, where the settings name somebody: metrics by OTLP,
//! profiles to Pyroscope.
//!
//! Each receiver has a thread and a bounded queue of its own, so that none waits for another. What
//! was not taken is tried again, later and later; of what waits the oldest is dropped for the
//! newest. Nothing is made while the monitor is paused, and after its end. A body that takes
//! longer to make than 2 % of the interval is made more seldom, each tenth interval at least. When
//! the server is dropped what is newest is sent once more, within two seconds.

#[cfg(feature = "otlp")]
mod otlp;
#[cfg(feature = "pyroscope")]
mod pyroscope;

use crate::app::counters::{Pushed, count};
use crate::app::{App, Pushing, Shared, lock};
use crate::settings::Push;
use memopt_monitor::alerts::sink::{Client, ClientToken, SinkError};
use memopt_report::untracked;
use std::collections::VecDeque;
use std::io;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// How the body for one receiver is made; `None` where there is nothing to tell.
type Make = fn(&Shared, &Push) -> Option<Vec<u8>>;

/// A receiver.
struct Target {
    push: Push,
    make: Make,
    /// What comes behind the address of the settings.
    path: &'static str,
    /// The start of the words in front of a fault.
    part: &'static str,
    /// Statuses after which a body is sent again; `None` for those of all receivers.
    again: Option<&'static [u16]>,
    /// What is wrong, by an answer that says success.
    judge: fn(&str) -> Result<(), String>,
    pushed: Arc<Pushed>,
}

/// How often it is looked whether the server has gone.
const LOOK: Duration = Duration::from_millis(250);
/// The time to the second attempt. Each further one waits twice as long, up to the longest.
const AGAIN: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);
/// The time to make a body, times this, is the least time to the next, up to so many intervals.
const TIMES: u32 = 50;
const INTERVALS: u32 = 10;

/// The end of a server waits so long for what is sent last.
const LAST: Duration = Duration::from_secs(2);
/// With less time left nothing is tried.
const LEAST: Duration = Duration::from_millis(10);

/// Lets each receiver have what is newest, once, and waits for that a little.
pub(crate) fn end(app: &Shared) {
    let all = std::mem::take(&mut *lock(&app.pushing));
    Pushing::end(all, Instant::now() + LAST);
}

/// Starts a thread for each receiver of the settings. They end with the last pointer to the app.
pub(crate) fn start(app: &Shared) -> io::Result<()> {
    for pushed in &app.counters.pushes {
        let settings = &app.settings;
        let part = pushed.to;
        let push = if part == "otlp" { &settings.otlp } else { &settings.pyroscope };
        let Some(push) = push.clone() else { continue };
        let pushed = Arc::clone(pushed);
        let target = match part {
            #[cfg(feature = "otlp")]
            "otlp" => {
                let (make, again, judge) = (otlp::make, Some(otlp::AGAIN), otlp::judge);
                Target { push, make, path: "", part, again, judge, pushed }
            }
            #[cfg(feature = "pyroscope")]
            "pyroscope" => {
                let (make, path, judge) = (pyroscope::make, pyroscope::PATH, |_: &str| Ok(()));
                Target { push, make, path, part, again: None, judge, pushed }
            }
            _ => continue,
        };
        let (ends, ended) = channel();
        // What a thread is given is freed by it at its very end, where it counts: a pointer.
        let (own, target) = (Arc::downgrade(app), Box::new(target));
        let work = move || untracked(move || Sender::new(*target).work(&own, &ended));
        let thread = thread::Builder::new().name(format!("memopt-{part}")).spawn(work)?;
        lock(&app.pushing).push(Pushing { ends, thread });
    }
    Ok(())
}

impl Target {
    /// What asks it, and waits so long.
    fn client(&self, timeout: Duration) -> Client {
        let push = &self.push;
        let url = format!("{}{}", push.url.expose().trim_end_matches('/'), self.path);
        let file = push.token_file.clone().map(ClientToken::File);
        let token = push.token.clone().map(ClientToken::Text).or(file);
        Client::new(&url, timeout, token)
    }
}

struct Sender {
    target: Target,
    client: Client,
    waiting: VecDeque<Vec<u8>>,
    /// When the next body is made.
    due: Instant,
    /// When the next attempt is made.
    next: Instant,
    /// The wait after the next attempt that fails.
    wait: Duration,
    /// What was told to the monitor last.
    fault: Option<String>,
}

impl Sender {
    fn new(target: Target) -> Self {
        let now = Instant::now();
        Self {
            client: target.client(target.push.timeout),
            waiting: VecDeque::new(),
            due: now + LOOK.min(target.push.interval),
            next: now,
            wait: AGAIN,
            fault: None,
            target,
        }
    }

    fn work(mut self, app: &Weak<App>, ended: &Receiver<Instant>) {
        loop {
            let Some(there) = app.upgrade() else { return };
            if Instant::now() >= self.due {
                self.make(&there);
            }
            // While a receiver is waited for, the server may end.
            drop(there);
            if !self.waiting.is_empty() && Instant::now() >= self.next {
                let fault = self.send();
                let Some(there) = app.upgrade() else { return };
                self.tell(&there, fault);
            }
            self.target.pushed.note_cpu();
            let until = if self.waiting.is_empty() { self.due } else { self.due.min(self.next) };
            let wait = until.saturating_duration_since(Instant::now()).min(LOOK);
            match ended.recv_timeout(wait) {
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
                Ok(until) => {
                    if let Some(there) = app.upgrade() {
                        self.last(&there, until);
                    }
                    return;
                }
            }
        }
    }

    /// The last attempt: what is newest, once. What waits besides is older and given up: a monitor
    /// that is stopped has nothing new to tell.
    fn last(mut self, app: &Shared, until: Instant) {
        if !self.make(app) {
            return;
        }
        let Some(body) = self.waiting.pop_back() else { return };
        let left = until.saturating_duration_since(Instant::now()).min(self.target.push.timeout);
        if left < LEAST {
            return;
        }
        let outcome = self.target.client(left).send("application/json", &body);
        match outcome.and_then(|it| (self.target.judge)(&it).map_err(SinkError::never)) {
            Ok(()) => count(&self.target.pushed.sent),
            Err(error) => {
                count(&self.target.pushed.failed);
                let message = error.message;
                tracing::warn!(target: "memopt", "what was pushed last was not taken: {message}");
            }
        }
    }

    /// Makes a body, where there is something to tell. Whether one was added to what waits.
    fn make(&mut self, app: &Shared) -> bool {
        let (now, interval) = (Instant::now(), self.target.push.interval);
        self.due = now + interval;
        if app.monitor.is_paused() || !app.monitor.is_running() {
            return false;
        }
        let body = (self.target.make)(app, &self.target.push);
        self.due = now + (now.elapsed() * TIMES).min(interval * INTERVALS).max(interval);
        let Some(body) = body else { return false };
        if self.waiting.len() >= self.target.push.queue {
            self.waiting.pop_front();
            count(&self.target.pushed.dropped);
        }
        self.waiting.push_back(body);
        self.note();
        true
    }

    /// One attempt with what waits longest. Why it was in vain.
    fn send(&mut self) -> Option<String> {
        let body = self.waiting.front()?;
        let judge = |answer: String| (self.target.judge)(&answer).map_err(SinkError::never);
        let outcome = self.client.send("application/json", body).and_then(judge);
        let pushed = &self.target.pushed;
        let fault = match outcome {
            Ok(()) => {
                self.waiting.pop_front();
                count(&pushed.sent);
                self.wait = AGAIN;
                None
            }
            Err(error) => {
                count(&pushed.failed);
                let known = self.target.again.zip(error.status);
                if known.map_or(error.again, |(again, status)| again.contains(&status)) {
                    self.next = Instant::now() + error.after.unwrap_or_default().max(self.wait);
                    self.wait = (self.wait * 2).min(LONGEST);
                } else {
                    self.waiting.pop_front();
                    count(&pushed.dropped);
                }
                Some(error.message)
            }
        };
        self.note();
        fault
    }

    fn tell(&mut self, app: &Shared, fault: Option<String>) {
        if fault != self.fault {
            self.fault.clone_from(&fault);
            app.tell(self.target.part, fault.map_or(Ok(()), Err));
        }
    }

    fn note(&self) {
        self.target.pushed.waiting.store(self.waiting.len() as u64, Relaxed);
    }
}
