//! One value of a function: loaded by the first caller, let go when nobody holds it.

use super::Name;
use super::idle::{self, Idle};
use super::loaded::Loaded;
use super::options::Options;
use super::pinned::{PinCell, Pinned};
use crate::remedy::reclaimable::{Pressure, Reclaimable};
use crate::report::ReclaimableReport;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

/// A value that is loaded when it is first asked for, and evicted when unused: after its idle
/// timeout or under memory pressure.
///
/// `#[memopt::lazy_load]` on a function without arguments makes one; by hand it is a static.
///
/// # Examples
///
/// ```
/// use memopt::remedy::{Reclaimable, Pressure, Singleton};
///
/// static WORDS: Singleton<Vec<&str>> = Singleton::new("words", |words| words.capacity() * 16);
///
/// let words = WORDS.get(|| vec!["loaded", "once"]);
/// assert_eq!(WORDS.get(|| unreachable!()).len(), 2);
/// assert_eq!(WORDS.reclaim(Pressure::Critical), 0, "a handle is out");
/// drop(words);
/// assert_eq!(WORDS.reclaim(Pressure::Critical), 32);
/// ```
///
/// # Cost
///
/// Getting a loaded value and dropping the handle takes three atomic additions and no lock, 0.7
/// times what a `Mutex<Option<Arc<_>>>` takes (example `lazy_cost`); with an idle time also a
/// reading of the clock.
pub struct Singleton<V: 'static> {
    options: Options<V>,
    cell: PinCell<V>,
    bytes: AtomicUsize,
    gets: AtomicU64,
    loads: AtomicU64,
    evicted: AtomicU64,
}

impl<V> Singleton<V> {
    /// An empty one; `weigh` gives the bytes a value holds.
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
            cell: PinCell::new(),
            bytes: AtomicUsize::new(0),
            gets: AtomicU64::new(0),
            loads: AtomicU64::new(0),
            evicted: AtomicU64::new(0),
        }
    }

    /// Evicts the value when it was not used for this time.
    #[must_use]
    pub const fn idle(mut self, time: Duration) -> Self {
        self.options.set_idle(time);
        self.cell.timed = self.options.is_timed();
        self
    }

    /// Whether it is loaded now.
    pub fn is_loaded(&'static self) -> bool {
        Pinned::new(&self.cell).cell().is_loaded()
    }
}

impl<V: Send + Sync> Singleton<V> {
    /// The value; `load` makes it if it is not loaded.
    #[inline]
    pub fn get(&'static self, load: impl FnOnce() -> V) -> Loaded<V> {
        let pinned = Pinned::new(&self.cell);
        if !pinned.cell().is_loaded() {
            pinned.cell().get_or_load(|| self.weighed(load()));
            self.settle();
        }
        self.hand_out(pinned)
    }

    /// The value; `load` makes it if it is not loaded, or fails.
    ///
    /// # Errors
    ///
    /// Those of `load`; nothing is kept of a failure.
    #[inline]
    pub fn try_get<E>(&'static self, load: impl FnOnce() -> Result<V, E>) -> Result<Loaded<V>, E> {
        let pinned = Pinned::new(&self.cell);
        if !pinned.cell().is_loaded() {
            pinned.cell().get_or_try_load(|| load().map(|value| self.weighed(value)))?;
            self.settle();
        }
        Ok(self.hand_out(pinned))
    }

    /// The value; the future of `load` makes it if it is not loaded.
    pub async fn get_async<F: Future<Output = V>>(
        &'static self,
        load: impl FnOnce() -> F,
    ) -> Loaded<V> {
        let pinned = Pinned::new(&self.cell);
        if !pinned.cell().is_loaded() {
            pinned.cell().get_or_load_async(|| async { self.weighed(load().await) }).await;
            self.settle();
        }
        self.hand_out(pinned)
    }

    /// The value; the future of `load` makes it if it is not loaded, or fails.
    ///
    /// # Errors
    ///
    /// Those of the loader; nothing is kept of a failure.
    pub async fn try_get_async<E, F: Future<Output = Result<V, E>>>(
        &'static self,
        load: impl FnOnce() -> F,
    ) -> Result<Loaded<V>, E> {
        let pinned = Pinned::new(&self.cell);
        if !pinned.cell().is_loaded() {
            let load = || async { load().await.map(|value| self.weighed(value)) };
            pinned.cell().get_or_try_load_async(load).await?;
            self.settle();
        }
        Ok(self.hand_out(pinned))
    }

    #[inline]
    fn hand_out(&'static self, pinned: Pinned<V>) -> Loaded<V> {
        self.gets.fetch_add(1, Relaxed);
        Loaded::single(pinned).expect("loaded, and pinned since")
    }

    /// Notes what a new value holds, before others see it.
    fn weighed(&self, value: V) -> V {
        self.bytes.store(self.options.weigh(&value), Relaxed);
        self.cell.used.store(idle::now(), Relaxed);
        self.loads.fetch_add(1, Relaxed);
        value
    }

    /// What is to be done after a load, when the value is in place.
    #[cold]
    fn settle(&'static self) {
        self.options.list(self);
        idle::sweep();
    }

    /// Takes the value out if nobody holds it; returns its bytes.
    fn evict(&self) -> u64 {
        let Some(value) = self.cell.take() else { return 0 };
        self.evicted.fetch_add(1, Relaxed);
        // Dropped only now: it may take long, or ask for this very value.
        drop(value);
        self.bytes.load(Relaxed) as u64
    }
}

impl<V: Send + Sync> Idle for Singleton<V> {
    fn expire(&self, now: u64) -> u64 {
        if self.options.is_over(self.cell.used.load(Relaxed), now) { self.evict() } else { 0 }
    }
}

impl<V: Send + Sync> Reclaimable for Singleton<V> {
    fn report(&self) -> ReclaimableReport {
        let (gets, loads) = (self.gets.load(Relaxed), self.loads.load(Relaxed));
        let evicted = self.evicted.load(Relaxed);
        let held = u64::from(loads > evicted);
        let live = held.min(u64::from(self.cell.pins()));
        let mut report = self.options.report();
        report.hits = gets.saturating_sub(loads);
        report.misses = loads;
        report.live = live;
        report.high_water = loads.min(1);
        report.idle = held - live;
        report.idle_bytes = (held - live) * self.bytes.load(Relaxed) as u64;
        report.released = evicted;
        report
    }

    /// Low: if idle beyond its time. Else if nobody holds it.
    fn reclaim(&self, pressure: Pressure) -> u64 {
        match pressure {
            Pressure::None => 0,
            Pressure::Low => self.expire(idle::now()),
            Pressure::Medium | Pressure::Critical => self.evict(),
        }
    }
}

impl<V> fmt::Debug for Singleton<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Singleton")
            .field("name", &self.options.name())
            .field("handles", &self.cell.pins())
            .finish_non_exhaustive()
    }
}
