//! The thread: it opens the store, then wakes when a tick is due, when it is asked, and when it is
//! to stop.

use crate::engine::{Engine, Published};
use crate::health::caught;
use memopt_report::untracked;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock, TryLockError};
use std::time::Duration;

/// Something that the worker is to do between two ticks.
pub(super) type Ask = Box<dyn FnOnce(&mut Engine) + Send>;

/// Requests that wait for the worker, at most. The server has less threads that ask.
pub(super) const MOST_ASKS: usize = 256;

/// How long sinks have for what waits, when the monitor stops.
const GRACE: Duration = Duration::from_secs(2);

/// What the worker and the handle share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    published: RwLock<Option<Arc<Published>>>,
    pub(super) wake: Wake,
    /// Rung when the worker has ended.
    pub(super) ended: Wake,
    stopping: AtomicBool,
    paused: AtomicBool,
    /// Whether blocks are sampled for this monitor.
    samples: AtomicBool,
    /// Whether somebody has ended that, or is at it: the worker, or who left it behind.
    ends_sampling: AtomicBool,
    /// Requests that found the queue full.
    refused: AtomicU64,
}

impl Shared {
    /// Lets the worker end.
    pub(super) fn stop(&self) {
        self.stopping.store(true, SeqCst);
        self.wake.wake();
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(SeqCst)
    }

    pub(super) fn set_paused(&self, is_paused: bool) {
        self.paused.store(is_paused, SeqCst);
    }

    pub(super) fn is_paused(&self) -> bool {
        self.paused.load(SeqCst)
    }

    /// A request found the queue full.
    pub(super) fn count_refused(&self) {
        self.refused.fetch_add(1, SeqCst);
    }

    /// Says whether blocks are sampled for this monitor.
    pub(super) fn set_samples(&self, samples: bool) {
        self.samples.store(samples, SeqCst);
    }

    /// Ends the sampling of a worker that is left behind, which leaves it as it is from here on.
    pub(super) fn leave_behind(&self) {
        if !self.ends_sampling.swap(true, SeqCst) && self.samples.load(SeqCst) {
            memopt_runtime::heap::stop();
        }
    }

    /// What was published last. In a forked child the lock may be a thread's that is not there: it
    /// is not waited for.
    pub(super) fn published(&self, is_child: bool) -> Option<Arc<Published>> {
        let place = match self.published.try_read() {
            Ok(place) => place,
            Err(TryLockError::Poisoned(place)) => place.into_inner(),
            Err(TryLockError::WouldBlock) if is_child => return None,
            Err(TryLockError::WouldBlock) => {
                self.published.read().unwrap_or_else(PoisonError::into_inner)
            }
        };
        place.clone()
    }

    fn publish(&self, published: Published) {
        let new = Some(Arc::new(published));
        let mut place = self.published.write().unwrap_or_else(PoisonError::into_inner);
        let old = std::mem::replace(&mut *place, new);
        drop(place);
        drop(old);
    }
}

/// A bell.
#[derive(Debug, Default)]
pub(super) struct Wake {
    rung: Mutex<bool>,
    bell: Condvar,
}

impl Wake {
    pub(super) fn wake(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.bell.notify_one();
    }

    /// Whether it was rung in this time.
    pub(super) fn wait(&self, time: Duration) -> bool {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.bell.wait_timeout_while(rung, time, |rung| !*rung);
        std::mem::take(&mut *waited.unwrap_or_else(PoisonError::into_inner).0)
    }
}

/// What the thread does. All that it allocates is left out of the figures.
pub(super) fn work(engine: Box<Engine>, asks: Receiver<Ask>, shared: Arc<Shared>) {
    untracked(move || {
        let _ended = Ended(Arc::clone(&shared));
        watch(*engine, &asks, &shared);
        drop((asks, shared));
    });
}

/// Says so when the worker ends, by a panic too.
struct Ended(Arc<Shared>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.ended.wake();
    }
}

fn watch(mut engine: Engine, asks: &Receiver<Ask>, shared: &Shared) {
    if !shared.is_stopping() {
        guarded(&mut engine, Engine::open_store);
    }
    while !shared.stopping.load(SeqCst) {
        for ask in asks.try_iter() {
            if guarded(&mut engine, |engine| ask(engine)).is_none() {
                publish(&mut engine, shared);
            }
        }
        engine.set_refused(shared.refused.load(SeqCst));
        match guarded(&mut engine, Engine::tick) {
            Some(Some(_)) => {
                // A reading that went well ends the fault of what was before it.
                engine.report("worker", Ok(()));
                publish(&mut engine, shared);
            }
            Some(None) => {}
            None => publish(&mut engine, shared),
        }
        shared.set_samples(engine.samples());
        shared.wake.wait(engine.wait());
    }
    if shared.ends_sampling.swap(true, SeqCst) {
        engine.leave_sampling();
    }
    engine.stop(GRACE);
}

fn publish(engine: &mut Engine, shared: &Shared) {
    guarded(engine, |engine| shared.publish(engine.published()));
}

/// A panic of ours must not end the watch: it is told as a fault, and the next tick goes on.
fn guarded<T>(engine: &mut Engine, what: impl FnOnce(&mut Engine) -> T) -> Option<T> {
    caught(|| what(engine))
        .map_err(|why| {
            engine.report("worker", Err(format!("a reading or its analysis failed: {why}")));
        })
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn a_child_does_not_wait_for_a_thread_that_is_not_there() {
        let shared = Arc::new(Shared::default());
        let held = shared.published.write().unwrap();
        let (told, tells) = channel();
        let child = Arc::clone(&shared);
        std::thread::spawn(move || told.send(child.published(true).is_none()));
        assert_eq!(tells.recv_timeout(Duration::from_secs(20)), Ok(true));
        drop(held);
        assert!(shared.published(false).is_none(), "nothing was published");
    }
}
