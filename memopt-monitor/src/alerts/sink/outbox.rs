//! All sinks, each with a thread and a bounded queue.

use super::courier::{Courier, Step};
use super::{Alertmanager, Delivery, Event, MOST_ENDED, Message, Sink, Webhook};
use crate::alerts::group::Notification;
use crate::alerts::model::{Alert, Change, State};
use crate::alerts::quiet::Quiet;
use crate::config::{Alerts as Settings, SinkConfig, SinkKind};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

const DAY: Duration = Duration::from_secs(86_400);

/// What a sink did so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SinkStatus {
    /// Its name.
    pub name: String,
    /// Messages that were sent.
    pub sent: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Messages that were given up after attempts.
    pub given_up: u64,
    /// Messages that were dropped because too many waited.
    pub dropped: u64,
    /// Messages that wait.
    pub waiting: usize,
    /// What is wrong, if the last attempt failed.
    pub fault: Option<String>,
}

/// The sinks. Passing messages to them never waits.
#[derive(Debug, Default)]
pub struct Outbox {
    lanes: Vec<Lane>,
}

/// One sink.
#[derive(Debug)]
struct Lane {
    delivery: Delivery,
    groups_by_itself: bool,
    /// The alerts that were told last to one that groups by itself.
    told: Vec<u64>,
    /// Whether those were told by another before it, so that it has told nothing yet.
    is_heir: bool,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    queue: VecDeque<Message>,
    status: SinkStatus,
    stop: bool,
    stopped: bool,
    /// Whether its thread is at work on a message.
    busy: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Outbox {
    /// No sinks.
    pub fn new() -> Self {
        Self::default()
    }

    /// The sinks of a configuration; where it names none, events of `tracing`.
    pub fn of(settings: &Settings) -> Self {
        let mut outbox = Self::new();
        let standard = SinkConfig { name: "tracing".to_owned(), ..SinkConfig::default() };
        let configs = if settings.sinks.is_empty() { &[standard][..] } else { &settings.sinks };
        for config in configs {
            let sink: Box<dyn Sink> = match config.kind {
                SinkKind::Tracing => Box::new(Event::new(&config.name)),
                SinkKind::Webhook => Box::new(Webhook::of(config)),
                SinkKind::Alertmanager => Box::new(Alertmanager::of(config)),
            };
            outbox.add(sink, Delivery::of(config));
        }
        outbox
    }

    /// Adds a sink, and starts its thread. Where no thread can be had, all its messages are
    /// dropped and counted.
    pub fn add(&mut self, sink: Box<dyn Sink>, delivery: Delivery) {
        let shared = Arc::new(Shared::default());
        let name = sink.name().to_owned();
        shared.lock().status.name.clone_from(&name);
        let groups_by_itself = sink.groups_by_itself();
        let seed = name.bytes().fold(u64::from(std::process::id()), |seed, byte| {
            seed.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte)
        });
        // What a thread is given is freed by it at its very end, where it counts: a pointer.
        let courier = Box::new(Courier::new(sink, delivery.retry_for, seed));
        let theirs = Arc::clone(&shared);
        // What memopt allocates is left out of the figures.
        let work = move || memopt_report::untracked(|| run(*courier, &theirs));
        let started = std::thread::Builder::new().name("memopt-sink".to_owned()).spawn(work);
        if let Err(error) = started {
            let mut inner = shared.lock();
            inner.stopped = true;
            inner.status.fault = Some(format!("no thread could be started: {error}"));
        }
        self.lanes.push(Lane {
            delivery,
            groups_by_itself,
            told: Vec::new(),
            is_heir: false,
            shared,
        });
    }

    /// The alerts that each sink that groups by itself was told last, by its name: for those that
    /// take its place after a change of the settings or a restart.
    pub(crate) fn told(&self) -> BTreeMap<String, Vec<u64>> {
        let told = self.lanes.iter().filter(|lane| !lane.told.is_empty());
        told.map(|lane| (lane.shared.lock().status.name.clone(), lane.told.clone())).collect()
    }

    /// Takes the place of sinks that told these. What fires of them is told again, however quiet
    /// it is now.
    pub(crate) fn inherit(&mut self, told: &BTreeMap<String, Vec<u64>>) {
        for lane in self.lanes.iter_mut().filter(|lane| lane.groups_by_itself) {
            let name = lane.shared.lock().status.name.clone();
            for fingerprint in told.get(&name).into_iter().flatten() {
                if !lane.told.contains(fingerprint) {
                    lane.told.push(*fingerprint);
                    lane.is_heir = true;
                }
            }
        }
    }

    /// Passes on the result of an evaluation: its changes, the messages that are due, and all
    /// alerts that fire.
    pub fn tell(&mut self, changes: &[Change], groups: &[Notification], firing: &[Alert]) {
        for lane in &mut self.lanes {
            if lane.groups_by_itself {
                lane.tell_alerts(changes, firing);
            } else {
                groups.iter().for_each(|group| lane.tell_group(group));
            }
        }
    }

    /// What each sink did so far.
    pub fn status(&self) -> Vec<SinkStatus> {
        let status = |lane: &Lane| {
            let inner = lane.shared.lock();
            let waiting = inner.queue.len() + usize::from(inner.busy);
            SinkStatus { waiting, ..inner.status.clone() }
        };
        self.lanes.iter().map(status).collect()
    }

    /// Ends all threads. Each first sends the messages that wait for their first attempt, for at
    /// most this time. The rest is lost.
    pub fn stop(mut self, grace: Duration) {
        self.end(grace);
    }

    fn end(&mut self, grace: Duration) {
        let began = Instant::now();
        for lane in &self.lanes {
            lane.shared.lock().stop = true;
            lane.shared.changed.notify_all();
        }
        for lane in self.lanes.drain(..) {
            let mut inner = lane.shared.lock();
            while !inner.stopped {
                let left = grace.saturating_sub(began.elapsed());
                if left.is_zero() {
                    break;
                }
                let waited = lane.shared.changed.wait_timeout(inner, left);
                inner = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
            }
        }
    }
}

impl Drop for Outbox {
    /// Waits for nothing: the threads tell what waits for its first attempt, and end.
    fn drop(&mut self) {
        self.end(Duration::ZERO);
    }
}

impl Lane {
    fn tell_group(&self, group: &Notification) {
        let wanted = |alert: &&Alert| {
            self.delivery.wants(alert) && (self.delivery.resolved || alert.state != State::Resolved)
        };
        let alerts: Vec<Alert> = group.alerts.iter().filter(wanted).cloned().collect();
        if !alerts.is_empty() {
            self.push(Message::Group(Notification { alerts, ..group.clone() }));
        }
    }

    fn tell_alerts(&mut self, changes: &[Change], firing: &[Alert]) {
        // What it was told of is sent until it ends, however quiet it is now: it would take what
        // is not sent for what has ended. Whoever took an alert on has seen it.
        let is_known = |alert: &Alert| {
            matches!(alert.quiet, None | Some(Quiet::Acknowledged(_)))
                || self.told.contains(&alert.fingerprint)
        };
        let known = |alert: &&Alert| self.delivery.wants(alert) && is_known(alert);
        let firing: Vec<Alert> = firing.iter().filter(known).cloned().collect();
        let ended: Vec<Alert> = changes
            .iter()
            .filter(|change| change.to == State::Resolved)
            .map(|change| &change.alert)
            .filter(|alert| self.delivery.wants(alert) && self.told.contains(&alert.fingerprint))
            .cloned()
            .collect();
        let now: Vec<u64> = firing.iter().map(|alert| alert.fingerprint).collect();
        let is_heir = std::mem::take(&mut self.is_heir);
        if now == self.told && ended.is_empty() && !is_heir {
            return;
        }
        self.told = now;
        self.push(Message::Alerts { firing, ended });
    }

    fn push(&self, message: Message) {
        let mut inner = self.shared.lock();
        if inner.stopped {
            inner.status.dropped += 1;
            return;
        }
        let message = merge(inner.queue.back(), message);
        if let (Message::Alerts { .. }, Some(Message::Alerts { .. })) =
            (&message, inner.queue.back())
        {
            inner.queue.pop_back();
        }
        if inner.queue.len() >= self.delivery.queue {
            inner.queue.pop_front();
            inner.status.dropped += 1;
        }
        inner.queue.push_back(message);
        self.shared.changed.notify_all();
    }
}

/// A state of all alerts takes the place of the one before; what ended stays.
fn merge(before: Option<&Message>, message: Message) -> Message {
    match (before, message) {
        (Some(Message::Alerts { ended: before, .. }), Message::Alerts { firing, mut ended }) => {
            let is_new = |old: &&Alert| {
                let same = |alert: &Alert| alert.fingerprint == old.fingerprint;
                !firing.iter().any(same) && !ended.iter().any(same)
            };
            let room = MOST_ENDED.saturating_sub(ended.len());
            let old: Vec<Alert> = before.iter().filter(is_new).take(room).cloned().collect();
            ended.extend(old);
            Message::Alerts { firing, ended }
        }
        (_, message) => message,
    }
}

/// Says that the thread of a sink has ended, in whichever way.
struct End<'a>(&'a Shared);

impl Drop for End<'_> {
    fn drop(&mut self) {
        let mut inner = self.0.lock();
        inner.stopped = true;
        inner.busy = false;
        if std::thread::panicking() {
            inner.status.fault = Some("its thread panicked: nothing is told any more".to_owned());
        }
        drop(inner);
        self.0.changed.notify_all();
    }
}

/// The thread of a sink.
fn run(mut courier: Courier, shared: &Shared) {
    let end = End(shared);
    let began = Instant::now();
    let mut inner = shared.lock();
    loop {
        let is_newer = matches!(inner.queue.front(), Some(Message::Alerts { .. }));
        if let Some(old) = courier.state().filter(|_| is_newer)
            && let Some(newer) = inner.queue.pop_front()
        {
            let newer = merge(Some(old), newer);
            courier.renew(newer, began.elapsed());
        }
        if courier.is_free()
            && let Some(message) = inner.queue.pop_front()
        {
            courier.take(message, began.elapsed());
        }
        inner.busy = !courier.is_free();
        let last_try = inner.stop;
        if last_try {
            courier.hurry(began.elapsed());
        }
        drop(inner);
        let step = courier.step(began.elapsed());
        inner = shared.lock();
        match &step {
            Step::Idle => {}
            Step::Sent => {
                inner.status.sent += 1;
                inner.status.fault = None;
            }
            Step::Refreshed => inner.status.fault = None,
            Step::Failed(why) => {
                inner.status.failed += 1;
                inner.status.fault = Some(why.clone());
            }
            Step::GivenUp(why) => {
                inner.status.failed += 1;
                inner.status.given_up += 1;
                inner.status.fault = Some(why.clone());
            }
        }
        inner.busy = !courier.is_free();
        if last_try && (inner.queue.is_empty() || matches!(step, Step::Failed(_) | Step::Idle)) {
            break;
        }
        if !courier.is_free() || inner.queue.is_empty() {
            let wait = courier.next().map(|next| next.saturating_sub(began.elapsed()));
            if wait == Some(Duration::ZERO) || inner.stop && !last_try {
                continue;
            }
            // A push wakes it: a day is as good as for ever.
            let wait = wait.map_or(DAY, |wait| wait.min(DAY));
            let waited = shared.changed.wait_timeout(inner, wait);
            inner = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
    }
    drop(inner);
    drop(end);
}
