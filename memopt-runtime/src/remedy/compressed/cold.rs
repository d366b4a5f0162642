//! The values that go cold by themselves: one list, walked by `tick` and by reclaim.

use super::Outcome;
use super::cell::{Cell, PERIOD, now};
use crate::remedy::{Pressure, Reclaimable, register};
use crate::report::{ReclaimableReport, Remedy};
use crate::untracked;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, Weak};

/// A value in the list.
trait Cold: Send + Sync {
    /// Compresses it if `pressure` asks for it; the bytes let go.
    fn chill(&self, pressure: Pressure, now: u64, period: u64) -> u64;
    /// Adds its figures.
    fn report(&self, report: &mut ReclaimableReport);
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Cold for Cell<T> {
    fn chill(&self, pressure: Pressure, now: u64, period: u64) -> u64 {
        let wanted = match pressure {
            Pressure::None => false,
            Pressure::Low => self.is_cold(now),
            Pressure::Medium => self.is_cold(now) || !self.was_read_in(period),
            Pressure::Critical => true,
        };
        if !wanted || self.is_refused() {
            return 0;
        }
        // One that cannot be written stays plain and says so: `is_refused`, `compress_now`.
        match self.compress() {
            Ok(Outcome::Compressed { saved }) => {
                RELEASED.fetch_add(1, Relaxed);
                saved
            }
            _ => 0,
        }
    }

    fn report(&self, report: &mut ReclaimableReport) {
        report.hits += self.hits.load(Relaxed);
        report.misses += self.misses.load(Relaxed);
        match self.packed(super::cell::Packed::stored) {
            Some(stored) => {
                report.idle += 1;
                report.idle_bytes += stored;
            }
            None => report.live += 1,
        }
    }
}

type List = HashMap<usize, Weak<dyn Cold>>;

static LIST: Mutex<Option<List>> = Mutex::new(None);
/// Figures of values that are gone.
static PAST_HITS: AtomicU64 = AtomicU64::new(0);
static PAST_MISSES: AtomicU64 = AtomicU64::new(0);
/// Values compressed by `tick` and reclaim.
static RELEASED: AtomicU64 = AtomicU64::new(0);
/// The most values in the list at once.
static HIGH_WATER: AtomicU64 = AtomicU64::new(0);

fn list() -> MutexGuard<'static, Option<List>> {
    LIST.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All values of the list. They are dealt with after its lock is released: what a value does when
/// it is compressed is its own matter.
fn members() -> Vec<Arc<dyn Cold>> {
    list().iter().flat_map(HashMap::values).filter_map(Weak::upgrade).collect()
}

/// Puts a value into the list.
pub(super) fn enter<T: Serialize + DeserializeOwned + Send + Sync + 'static>(cell: Arc<Cell<T>>) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| register(&Values));
    let place = Arc::as_ptr(&cell).addr();
    // Not the last one: the handle has another.
    let cell: Arc<dyn Cold> = cell;
    untracked(|| {
        let mut list = list();
        let list = list.get_or_insert_default();
        list.insert(place, Arc::downgrade(&cell));
        HIGH_WATER.fetch_max(list.len() as u64, Relaxed);
    });
}

/// Takes a value out of the list.
pub(super) fn leave<T>(cell: &Cell<T>) {
    PAST_HITS.fetch_add(cell.hits.load(Relaxed), Relaxed);
    PAST_MISSES.fetch_add(cell.misses.load(Relaxed), Relaxed);
    let place = std::ptr::from_ref(cell).addr();
    untracked(|| {
        if let Some(list) = &mut *list() {
            list.remove(&place);
            if list.len() < list.capacity() / 4 {
                list.shrink_to_fit();
            }
        }
    });
}

/// Compresses every value that was not read for its [`cold_after`](super::Compressed::cold_after);
/// returns the bytes that this freed.
///
/// Call it now and then, from any thread: nothing else compresses values, except memory pressure.
///
/// # Cost
///
/// A look at each value that goes cold, and the compression of those that are due.
pub fn tick() -> u64 {
    chill(Pressure::Low)
}

fn chill(pressure: Pressure) -> u64 {
    let period = match pressure {
        Pressure::None => return 0,
        Pressure::Low => PERIOD.load(Relaxed),
        Pressure::Medium | Pressure::Critical => PERIOD.fetch_add(1, Relaxed),
    };
    let (members, now) = (untracked(members), now());
    let freed = members.iter().map(|cold| cold.chill(pressure, now, period)).sum();
    untracked(|| drop(members));
    freed
}

struct Values;

impl Reclaimable for Values {
    fn report(&self) -> ReclaimableReport {
        let mut report = ReclaimableReport::new("compressed values", Remedy::Compress);
        for cold in members() {
            cold.report(&mut report);
        }
        report.hits += PAST_HITS.load(Relaxed);
        report.misses += PAST_MISSES.load(Relaxed);
        report.released = RELEASED.load(Relaxed);
        report.high_water = HIGH_WATER.load(Relaxed);
        report
    }

    fn reclaim(&self, pressure: Pressure) -> u64 {
        chill(pressure)
    }
}
