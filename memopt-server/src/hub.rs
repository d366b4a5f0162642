//! Who listens to events: each listener takes them from a ring.
//!
//! Nothing queues for a listener: one that is too slow loses events, and is told how many.

use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast;

/// An event, written as it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) number: u64,
    pub(crate) kind: &'static str,
    /// `id`, `event` and `data`.
    pub(crate) text: Bytes,
}

/// Events that are remembered for those who come again, and that a listener may be behind.
const KEPT: usize = 256;

/// What a listener missed: `None` where it is to read everything again.
pub(crate) type Missed = Option<Vec<Event>>;

/// Who listens, and what they get.
#[derive(Debug)]
pub(crate) struct Hub {
    started_ms: i64,
    most: usize,
    sender: broadcast::Sender<Event>,
    kept: Mutex<VecDeque<Event>>,
    next: AtomicU64,
    clients: AtomicUsize,
    /// Events that slow listeners lost.
    pub(crate) dropped: AtomicU64,
    /// Rung when somebody comes to listen, and when it is to end.
    bell: (Mutex<()>, Condvar),
    is_running: AtomicBool,
}

/// A place among the listeners. It is given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Listener {
    hub: Arc<Hub>,
    pub(crate) events: broadcast::Receiver<Event>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.hub.clients.fetch_sub(1, SeqCst);
    }
}

impl Hub {
    pub(crate) fn new(started_ms: i64, most: usize) -> Self {
        Self {
            started_ms,
            most,
            sender: broadcast::channel(KEPT).0,
            kept: Mutex::default(),
            next: AtomicU64::new(1),
            clients: AtomicUsize::new(0),
            dropped: AtomicU64::new(0),
            bell: (Mutex::default(), Condvar::new()),
            is_running: AtomicBool::new(false),
        }
    }

    pub(crate) fn clients(&self) -> usize {
        self.clients.load(SeqCst)
    }

    /// The id of an event: of another run of the program it is another.
    pub(crate) fn id(&self, number: u64) -> String {
        format!("{}-{number}", self.started_ms)
    }

    /// Sends an event to all who listen.
    pub(crate) fn send(&self, kind: &'static str, data: &impl serde::Serialize) {
        let Ok(data) = serde_json::to_string(data) else { return };
        let mut kept = lock(&self.kept);
        let number = self.next.fetch_add(1, SeqCst);
        let text = format!("id: {}\nevent: {kind}\ndata: {data}\n\n", self.id(number));
        let event = Event { number, kind, text: text.into() };
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(event.clone());
        // Nobody may listen at this moment.
        let _ = self.sender.send(event);
    }

    /// What came after this id; `None` where some of it is forgotten, or it is no id of this run.
    fn since(&self, kept: &VecDeque<Event>, id: &str) -> Option<Vec<Event>> {
        let (run, number) = id.split_once('-')?;
        let number: u64 = number.parse().ok()?;
        let is_own = run.parse() == Ok(self.started_ms);
        let first = kept.front().map_or(self.next.load(SeqCst), |event| event.number);
        let is_kept = number.saturating_add(1) >= first && number < self.next.load(SeqCst);
        (is_own && is_kept)
            .then(|| kept.iter().filter(|event| event.number > number).cloned().collect())
    }

    /// Begins to listen. `None`: as many listen as may.
    pub(crate) fn listen(self: &Arc<Self>, last_id: Option<&str>) -> Option<(Listener, Missed)> {
        let enter = |clients: usize| (clients < self.most).then_some(clients + 1);
        self.clients.fetch_update(SeqCst, SeqCst, enter).ok()?;
        let kept = lock(&self.kept);
        // Under the lock, so that nothing comes between what was missed and what will come.
        let events = self.sender.subscribe();
        let missed = last_id.map_or(Some(Vec::new()), |id| self.since(&kept, id));
        drop(kept);
        drop(lock(&self.bell.0));
        self.bell.1.notify_all();
        Some((Listener { hub: Arc::clone(self), events }, missed))
    }

    /// Waits until somebody comes to listen, this long at most.
    pub(crate) fn wait(&self, most: Duration) {
        let bell = lock(&self.bell.0);
        drop(self.bell.1.wait_timeout(bell, most));
    }

    /// Whether a thread makes events; from now on one does.
    pub(crate) fn runs(&self) -> bool {
        self.is_running.swap(true, SeqCst)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
