//! Something dear, made by the costly worker when somebody asks, and given out for a while.
//!
//! It is given out for a second, or for 50 times as long as it took to make, 30 seconds at most:
//! making it takes 2 % of a core, unless it takes longer than 0.6 s, however many ask. For five
//! times as long again what is there is given out while a new one is made.

use super::FRESH;
use crate::problem::Problem;
use crate::work::Workers;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// See the module.
pub(crate) struct Cached<T> {
    slot: Arc<Mutex<Slot<T>>>,
}

struct Slot<T> {
    made: Option<Made<T>>,
    is_making: bool,
    /// How often it was forgotten. What was begun before is not kept.
    forgotten: u64,
}

impl<T> Slot<T> {
    fn fresh(&self) -> Option<Arc<T>> {
        let made = self.made.as_ref().filter(|made| made.at.elapsed() <= made.fresh_for)?;
        Some(Arc::clone(&made.value))
    }
}

struct Made<T> {
    value: Arc<T>,
    at: Instant,
    fresh_for: Duration,
}

/// The time to make it, times this, is how long it is given out.
const TIMES: u32 = 50;
const STALE: u32 = 5;
/// After this time a new one is made in any case, when somebody asks.
const OLDEST: Duration = Duration::from_secs(30);

impl<T> fmt::Debug for Cached<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cached").finish_non_exhaustive()
    }
}

impl<T: Send + Sync + 'static> Cached<T> {
    pub(crate) fn new() -> Self {
        Self { slot: Arc::new(Mutex::new(Slot { made: None, is_making: false, forgotten: 0 })) }
    }

    /// What is there, or a new one. `keep` lives as long as the work.
    pub(crate) async fn get<K: Deref + Clone + Send + 'static>(
        &self,
        workers: &Workers,
        keep: &K,
        make: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<Arc<T>, Problem> {
        let mut begin = false;
        let there = {
            let mut slot = lock(&self.slot);
            let there = slot.made.as_ref().and_then(|made| {
                let age = made.at.elapsed();
                begin = age > made.fresh_for;
                (age <= made.fresh_for * STALE).then(|| Arc::clone(&made.value))
            });
            begin = begin && there.is_some() && !slot.is_making;
            slot.is_making |= begin;
            there
        };
        let (slot, keep) = (Arc::clone(&self.slot), keep.clone());
        let work = move || {
            let _keep = keep;
            Self::make(&slot, make)
        };
        match there {
            Some(value) => {
                if begin && workers.begin(move || drop(work())).is_err() {
                    // The worker is busy: the next one who asks tries again.
                    lock(&self.slot).is_making = false;
                }
                Ok(value)
            }
            None => workers.shared(work).await?,
        }
    }

    /// How long ago this was made, where it is what is given out now.
    pub(crate) fn age(&self, value: &Arc<T>) -> Duration {
        let slot = lock(&self.slot);
        let made = slot.made.as_ref().filter(|made| Arc::ptr_eq(&made.value, value));
        made.map_or(Duration::ZERO, |made| made.at.elapsed())
    }

    /// Gives out no longer what is there.
    pub(crate) fn forget(&self) {
        let mut slot = lock(&self.slot);
        slot.forgotten += 1;
        let old = slot.made.take();
        drop(slot);
        drop(old);
    }

    /// What is there, where it is fresh still.
    #[cfg(feature = "pyroscope")]
    pub(crate) fn fresh(&self) -> Option<Arc<T>> {
        lock(&self.slot).fresh()
    }

    /// Makes a new one, unless another did while this waited.
    fn make(
        slot: &Mutex<Slot<T>>,
        make: impl FnOnce() -> Result<T, Problem>,
    ) -> Result<Arc<T>, Problem> {
        let forgotten = {
            let slot = lock(slot);
            if let Some(value) = slot.fresh() {
                return Ok(value);
            }
            slot.forgotten
        };
        let began = Instant::now();
        let value = make().map(Arc::new);
        let mut slot = lock(slot);
        slot.is_making = false;
        let value = value?;
        if slot.forgotten != forgotten {
            return Ok(value);
        }
        let fresh_for = FRESH.max(began.elapsed() * TIMES).min(OLDEST);
        let old =
            slot.made.replace(Made { value: Arc::clone(&value), at: Instant::now(), fresh_for });
        drop(slot);
        drop(old);
        Ok(value)
    }
}

fn lock<T>(slot: &Mutex<Slot<T>>) -> MutexGuard<'_, Slot<T>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
    use std::thread::sleep;

    /// What takes so long to make is given out for 30 s.
    const LONG: Duration = Duration::from_millis(600);

    #[test]
    fn it_is_made_once_for_all_who_ask() {
        let workers = Workers::start().unwrap();
        let (cached, count) = (Cached::new(), Arc::new(AtomicU32::new(0)));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            for _ in 0..3 {
                let counted = Arc::clone(&count);
                let make = move || {
                    sleep(LONG);
                    Ok(counted.fetch_add(1, SeqCst))
                };
                assert_eq!(*cached.get(&workers, &count, make).await.unwrap(), 0);
            }
        });
        assert_eq!(count.load(SeqCst), 1);
    }

    #[test]
    fn what_was_begun_before_it_was_forgotten_is_not_given_out() {
        let workers = Workers::start().unwrap();
        let cached = Arc::new(Cached::new());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let own = Arc::clone(&cached);
            // It is forgotten while it is made.
            let make = move || {
                own.forget();
                Ok(1)
            };
            assert_eq!(*cached.get(&workers, &cached, make).await.unwrap(), 1);
            let second = || {
                sleep(LONG);
                Ok(2)
            };
            assert_eq!(*cached.get(&workers, &cached, second).await.unwrap(), 2);
            assert_eq!(*cached.get(&workers, &cached, || Ok(3)).await.unwrap(), 2);
        });
    }

    #[test]
    fn why_it_cannot_be_made_is_told_and_not_kept() {
        let workers = Workers::start().unwrap();
        let (cached, keep) = (Cached::<u8>::new(), Arc::new(()));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let failed = cached.get(&workers, &keep, || Err(Problem::conflict("no"))).await;
            assert_eq!(failed.unwrap_err().detail, "no");
            assert_eq!(*cached.get(&workers, &keep, || Ok(1)).await.unwrap(), 1);
        });
    }
}
