//! A value for each set of arguments of a function, within a number of bytes.

use super::Name;
use super::cell::Lazy;
use super::idle::{self, Idle};
use super::loaded::Loaded;
use super::options::Options;
use super::recency::Recency;
use super::slot::Slot;
use crate::remedy::reclaimable::{Pressure, Reclaimable};
use crate::report::ReclaimableReport;
use std::fmt;
use std::future::Future;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Values by key, each loaded when it is first asked for. The least recently used are evicted
/// beyond the limit in bytes, after the idle timeout, or under memory pressure. A value in use
/// stays, so values in use can exceed the limit.
///
/// `#[memopt::lazy_load]` on a function with arguments makes one; by hand it is a static.
///
/// # Examples
///
/// ```
/// use memopt::remedy::Cache;
///
/// static ROOTS: Cache<u32, String> = Cache::new("roots", String::capacity).max_bytes(1 << 20);
///
/// let load = |n: u32| f64::from(n).sqrt().to_string();
/// assert_eq!(*ROOTS.get(16, load), "4");
/// assert_eq!(*ROOTS.get(16, |_| unreachable!()), "4");
/// ```
///
/// # Cost
///
/// Getting a loaded value takes the hash of the key and one short lock, twice what a
/// `Mutex<HashMap<_, Arc<_>>>` without an order takes (example `lazy_cost`); with an idle time two
/// readings of the clock. Beside the values it keeps two clones of each key.
pub struct Cache<K, V: 'static> {
    options: Options<V>,
    max_bytes: usize,
    entries: Mutex<Entries<K, V>>,
    gets: AtomicU64,
    loads: AtomicU64,
    released: AtomicU64,
    high_water: AtomicUsize,
}

struct Entries<K, V> {
    by_use: Recency<K, Arc<Slot<V>>>,
    /// Bytes of all that are loaded.
    bytes: usize,
}

/// What is to be done with an entry, in the order of use.
enum Choice {
    Take,
    /// It stays; one that was asked for later may go.
    Skip,
    /// It stays, and so do all that were asked for later.
    Stop,
}

impl<K, V> Cache<K, V> {
    fn lock(&self) -> MutexGuard<'_, Entries<K, V>> {
        // A key's `Hash` or `Eq` that panics does so before anything is changed.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps at most so many bytes of values that are not in use.
    #[must_use]
    pub const fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Evicts values that were not used for this time.
    #[must_use]
    pub const fn idle(mut self, time: Duration) -> Self {
        self.options.set_idle(time);
        self
    }
}

impl<K: Clone + Eq + Hash, V> Cache<K, V> {
    /// An empty one without limits; `weigh` gives the bytes a value holds.
    pub const fn new(name: &'static str, weigh: fn(&V) -> usize) -> Self {
        Self::named(Name::Given(name), weigh)
    }

    #[doc(hidden)]
    pub const fn at(path: fn() -> &'static str, weigh: fn(&V) -> usize) -> Self {
        Self::named(Name::Path(path), weigh)
    }

    const fn named(name: Name, weigh: fn(&V) -> usize) -> Self {
        Self {
            options: Options::new(name, weigh),
            max_bytes: usize::MAX,
            entries: Mutex::new(Entries { by_use: Recency::new(), bytes: 0 }),
            gets: AtomicU64::new(0),
            loads: AtomicU64::new(0),
            released: AtomicU64::new(0),
            high_water: AtomicUsize::new(0),
        }
    }
}

impl<K: Clone + Eq + Hash + Send, V: Send + Sync> Cache<K, V> {
    /// The value of `key`; `load` makes it if it is not loaded.
    pub fn get(&'static self, key: K, load: impl FnOnce(K) -> V) -> Loaded<V> {
        let entry = self.entry(&key);
        if !entry.cell().is_loaded() {
            entry.cell().get_or_load(|| entry.weighed(load(key)));
            entry.settle();
        }
        entry.hand_out()
    }

    /// The value of `key`; `load` makes it if it is not loaded, or fails.
    ///
    /// # Errors
    ///
    /// Those of `load`; nothing is kept of a failure.
    pub fn try_get<E>(
        &'static self,
        key: K,
        load: impl FnOnce(K) -> Result<V, E>,
    ) -> Result<Loaded<V>, E> {
        let entry = self.entry(&key);
        if !entry.cell().is_loaded() {
            entry.cell().get_or_try_load(|| load(key).map(|value| entry.weighed(value)))?;
            entry.settle();
        }
        Ok(entry.hand_out())
    }

    /// The value of `key`; the future of `load` makes it if it is not loaded.
    pub async fn get_async<F: Future<Output = V>>(
        &'static self,
        key: K,
        load: impl FnOnce(K) -> F,
    ) -> Loaded<V> {
        let entry = self.entry(&key);
        if !entry.cell().is_loaded() {
            entry.cell().get_or_load_async(|| async { entry.weighed(load(key).await) }).await;
            entry.settle();
        }
        entry.hand_out()
    }

    /// The value of `key`; the future of `load` makes it if it is not loaded, or fails.
    ///
    /// # Errors
    ///
    /// Those of the loader; nothing is kept of a failure.
    pub async fn try_get_async<E, F: Future<Output = Result<V, E>>>(
        &'static self,
        key: K,
        load: impl FnOnce(K) -> F,
    ) -> Result<Loaded<V>, E> {
        let entry = self.entry(&key);
        if !entry.cell().is_loaded() {
            let load = || async { load(key).await.map(|value| entry.weighed(value)) };
            entry.cell().get_or_try_load_async(load).await?;
            entry.settle();
        }
        Ok(entry.hand_out())
    }

    /// The entry of a key, made where there is none, as the one used last.
    fn entry(&'static self, key: &K) -> Entry<K, V> {
        let now = if self.options.is_timed() { idle::now() } else { 0 };
        if now > 0 {
            self.expire(now);
        }
        let mut entries = self.lock();
        let known = entries
            .by_use
            .touch(key)
            .and_then(|at| Some((at, Arc::clone(entries.by_use.get(at)?))));
        let (at, slot) = known.unwrap_or_else(|| {
            let slot = Arc::new(Slot::new(self.options.is_timed()));
            (crate::untracked(|| entries.by_use.insert(key, Arc::clone(&slot))), slot)
        });
        slot.asked.store(now, Relaxed);
        slot.used.store(now, Relaxed);
        drop(entries);
        Entry { cache: self, at, slot: Some(slot) }
    }

    /// Takes the entries out that `choose` says, the one asked for longest ago first, of those
    /// loaded and in nobody's hands; returns their bytes. Those in somebody's hands are passed
    /// over.
    fn evict(&self, mut choose: impl FnMut(&Entries<K, V>, &Slot<V>, usize) -> Choice) -> u64 {
        // The list is ours and not counted; the values are the program's, and dropped where it is
        // seen, after the lock is open.
        let mut victims: Vec<Arc<Slot<V>>> = Vec::new();
        let mut bytes = 0;
        let mut entries = self.lock();
        crate::untracked(|| {
            let mut places = Vec::new();
            let mut freed = 0;
            for (at, slot) in entries.by_use.oldest_first() {
                if Arc::strong_count(slot) > 1 || !slot.cell.is_loaded() {
                    continue;
                }
                match choose(&entries, slot, freed) {
                    Choice::Take => {
                        freed += slot.bytes();
                        places.push(at);
                    }
                    Choice::Skip => {}
                    Choice::Stop => break,
                }
            }
            victims.reserve_exact(places.len());
            victims.extend(places.into_iter().filter_map(|at| entries.by_use.remove(at)));
            entries.bytes -= freed;
            bytes = freed;
        });
        drop(entries);
        self.released.fetch_add(victims.len() as u64, Relaxed);
        while let Some(victim) = victims.pop() {
            drop(victim);
        }
        crate::untracked(|| drop(victims));
        bytes as u64
    }

    /// Entries of any kind.
    #[cfg(test)]
    pub(super) fn census_of_all(&self) -> usize {
        self.lock().by_use.len()
    }

    /// Takes out what is over the limit.
    fn limit(&self) {
        self.evict(|entries, _, freed| {
            if entries.bytes - freed > self.max_bytes { Choice::Take } else { Choice::Stop }
        });
    }

    fn list(&'static self) {
        self.options.list(self);
    }

    /// Loaded entries in somebody's hands and in nobody's, and the bytes of the latter.
    fn census(&self) -> (u64, u64, usize) {
        let entries = self.lock();
        let (mut live, mut idle, mut bytes) = (0, 0, 0);
        for (_, slot) in entries.by_use.oldest_first().filter(|(_, slot)| slot.cell.is_loaded()) {
            if Arc::strong_count(slot) > 1 {
                live += 1;
            } else {
                idle += 1;
                bytes += slot.bytes();
            }
        }
        (live, idle, bytes)
    }
}

impl<K: Clone + Eq + Hash + Send, V: Send + Sync> Idle for Cache<K, V> {
    fn expire(&self, now: u64) -> u64 {
        if !self.options.is_timed() {
            return 0;
        }
        let idle_since = |time: &AtomicU64| self.options.is_over(time.load(Relaxed), now);
        self.evict(|_, slot, _| {
            if !idle_since(&slot.asked) {
                return Choice::Stop;
            }
            // One that was held until lately is not idle, which says nothing of those behind it.
            if idle_since(&slot.used) { Choice::Take } else { Choice::Skip }
        })
    }
}

impl<K: Clone + Eq + Hash + Send, V: Send + Sync> Reclaimable for Cache<K, V> {
    fn report(&self) -> ReclaimableReport {
        let (gets, loads) = (self.gets.load(Relaxed), self.loads.load(Relaxed));
        let (live, idle, idle_bytes) = self.census();
        let mut report = self.options.report();
        report.hits = gets.saturating_sub(loads);
        report.misses = loads;
        report.live = live;
        report.high_water = self.high_water.load(Relaxed) as u64;
        report.idle = idle;
        report.idle_bytes = idle_bytes as u64;
        report.released = self.released.load(Relaxed);
        report
    }

    /// Low: what is idle beyond its time. Medium: the half of what nobody holds that was unused
    /// longest. Critical: all that nobody holds.
    fn reclaim(&self, pressure: Pressure) -> u64 {
        match pressure {
            Pressure::None => 0,
            Pressure::Low => self.expire(idle::now()),
            Pressure::Medium => {
                let mut left = self.census().1.div_ceil(2);
                self.evict(|_, _, _| {
                    let choice = if left > 0 { Choice::Take } else { Choice::Stop };
                    left = left.saturating_sub(1);
                    choice
                })
            }
            Pressure::Critical => self.evict(|_, _, _| Choice::Take),
        }
    }
}

impl<K, V> fmt::Debug for Cache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("name", &self.options.name())
            .field("max_bytes", &self.max_bytes)
            .field("bytes", &self.lock().bytes)
            .finish_non_exhaustive()
    }
}

/// One caller's hold of an entry. An entry that nobody could load is taken out by the last who
/// tried.
struct Entry<K: Clone + Eq + Hash + Send + 'static, V: Send + Sync + 'static> {
    cache: &'static Cache<K, V>,
    at: usize,
    /// Taken when it is handed out or dropped.
    slot: Option<Arc<Slot<V>>>,
}

impl<K: Clone + Eq + Hash + Send, V: Send + Sync> Entry<K, V> {
    fn cell(&self) -> &Lazy<V> {
        &self.slot.as_ref().expect("held until the end").cell
    }

    /// Notes what a new value holds, before others see it.
    fn weighed(&self, value: V) -> V {
        if let Some(slot) = &self.slot {
            slot.weighs(self.cache.options.weigh(&value));
        }
        self.cache.loads.fetch_add(1, Relaxed);
        value
    }

    /// Takes a new value into account, which stays while this hold does, and makes room for it.
    #[cold]
    fn settle(&self) {
        let slot = self.slot.as_ref().expect("held until the end");
        if slot.counted.swap(true, Relaxed) {
            return;
        }
        let mut entries = self.cache.lock();
        entries.bytes += slot.bytes();
        let count = entries.by_use.len();
        drop(entries);
        self.cache.high_water.fetch_max(count, Relaxed);
        self.cache.list();
        self.cache.limit();
        idle::sweep();
    }

    fn hand_out(mut self) -> Loaded<V> {
        self.cache.gets.fetch_add(1, Relaxed);
        let slot = self.slot.take().expect("held until the end");
        Loaded::shared(slot).expect("loaded before it is handed out")
    }
}

impl<K: Clone + Eq + Hash + Send, V: Send + Sync> Drop for Entry<K, V> {
    fn drop(&mut self) {
        let Some(slot) = self.slot.take() else { return };
        let mut entries = self.cache.lock();
        let ours = entries.by_use.get(self.at).is_some_and(|other| Arc::ptr_eq(other, &slot));
        if ours && !slot.cell.is_loaded() && Arc::strong_count(&slot) == 2 {
            let removed = crate::untracked(|| entries.by_use.remove(self.at));
            drop(entries);
            drop(removed);
        } else {
            // Under the lock, so that one of two who give up at the same moment is the last.
            drop(slot);
        }
    }
}
