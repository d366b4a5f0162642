//! All fields that may be let go: listed when they are first loaded, as one holder.

use super::idle::{self, Idle};
use crate::remedy::holder::{self, Holder, Pressure};
use crate::report::{HolderReport, Remedy};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, Weak};

/// Fields looked at after a load, in turn: so a load costs the same however many there are.
const AT_ONCE: usize = 64;

/// One field, whatever its type.
pub(super) trait Evict: Send + Sync {
    fn room(&self) -> &Room;

    /// Its value's, if it is loaded.
    fn state(&self) -> Option<State>;

    /// Lets the value go if nobody holds it and `still` says so; its bytes.
    fn evict(&self, still: &dyn Fn(State) -> bool) -> Option<usize>;
}

/// What a loaded value is at.
#[derive(Clone, Copy)]
pub(super) struct State {
    pub(super) held: bool,
    /// When it was last used; 0 where it has no idle time.
    pub(super) used: u64,
    pub(super) bytes: usize,
}

/// What a field has beside its value.
#[derive(Debug)]
pub(super) struct Room {
    /// Milliseconds; 0 for no limit.
    idle: AtomicU64,
    listed: AtomicBool,
}

impl Room {
    pub(super) const fn new() -> Self {
        Self { idle: AtomicU64::new(0), listed: AtomicBool::new(false) }
    }

    pub(super) fn set_idle(&self, idle: u64) {
        self.idle.store(idle, Relaxed);
    }

    fn is_idle(&self, used: u64, now: u64) -> bool {
        let idle = self.idle.load(Relaxed);
        idle > 0 && now.saturating_sub(used) >= idle
    }
}

static LIST: Mutex<Vec<Weak<dyn Evict>>> = Mutex::new(Vec::new());
/// Where the next look after a load begins.
static NEXT: AtomicUsize = AtomicUsize::new(0);
static READS: AtomicU64 = AtomicU64::new(0);
static LOADS: AtomicU64 = AtomicU64::new(0);
static RELEASED: AtomicU64 = AtomicU64::new(0);

fn list() -> MutexGuard<'static, Vec<Weak<dyn Evict>>> {
    LIST.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A value was loaded.
pub(super) fn loaded() {
    LOADS.fetch_add(1, Relaxed);
}

/// A handle was given out.
pub(super) fn read() {
    READS.fetch_add(1, Relaxed);
}

/// Puts a field into the list, once.
pub(super) fn enter<E: Evict + 'static>(field: &Arc<E>) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        holder::register(&Fields);
        idle::enlist(&Fields);
    });
    if field.room().listed.swap(true, Relaxed) {
        return;
    }
    let field: Arc<dyn Evict> = Arc::<E>::clone(field);
    crate::quiet(|| {
        let mut list = list();
        // Fields that are gone make room before the list grows.
        if list.len() == list.capacity() {
            list.retain(|field| field.strong_count() > 0);
        }
        list.push(Arc::downgrade(&field));
    });
}

/// The fields that are alive. They are dealt with after the list is unlocked: what dropping a value does is its own matter.
fn alive() -> Vec<Arc<dyn Evict>> {
    crate::quiet(|| list().iter().filter_map(Weak::upgrade).collect())
}

/// Lets the values go of which `still` says so; their bytes.
fn evict(fields: Vec<Arc<dyn Evict>>, still: impl Fn(&dyn Evict, State) -> bool) -> u64 {
    let mut bytes = 0;
    for field in &fields {
        if let Some(gone) = field.evict(&|state| still(&**field, state)) {
            RELEASED.fetch_add(1, Relaxed);
            bytes += gone as u64;
        }
    }
    crate::quiet(|| drop(fields));
    bytes
}

pub(super) struct Fields;

/// The holder of them all.
#[cfg(test)]
pub(super) fn holder() -> &'static Fields {
    &Fields
}

impl Idle for Fields {
    fn expire(&self, now: u64) -> u64 {
        let some = crate::quiet(|| {
            let list = list();
            let from = NEXT.fetch_add(AT_ONCE, Relaxed);
            let places = (0..AT_ONCE.min(list.len())).map(|at| from.wrapping_add(at) % list.len());
            places.filter_map(|at| list[at].upgrade()).collect()
        });
        evict(some, |field, state| field.room().is_idle(state.used, now))
    }
}

impl Holder for Fields {
    fn report(&self) -> HolderReport {
        let (reads, loads) = (READS.load(Relaxed), LOADS.load(Relaxed));
        let mut report = HolderReport {
            hits: reads.saturating_sub(loads),
            misses: loads,
            released: RELEASED.load(Relaxed),
            ..HolderReport::new("lazy fields", Remedy::Lazy)
        };
        for state in alive().iter().filter_map(|field| field.state()) {
            if state.held {
                report.live += 1;
            } else {
                report.idle += 1;
                report.idle_bytes += state.bytes as u64;
            }
        }
        report
    }

    /// Low: what is idle beyond its time. Medium: also the half of what nobody holds that was unused longest, where those without an idle time come
    /// first. Critical: all that nobody holds.
    fn reclaim(&self, pressure: Pressure) -> u64 {
        let now = idle::now();
        match pressure {
            Pressure::None => 0,
            Pressure::Low => evict(alive(), |field, state| field.room().is_idle(state.used, now)),
            Pressure::Medium => {
                let half = crate::quiet(|| {
                    let free = |field: Arc<dyn Evict>| {
                        let used = field.state().filter(|state| !state.held)?.used;
                        Some((used, field))
                    };
                    let mut free: Vec<_> = alive().into_iter().filter_map(free).collect();
                    free.sort_by_key(|(used, _)| *used);
                    free.truncate(free.len().div_ceil(2));
                    free.into_iter().map(|(_, field)| field).collect()
                });
                evict(half, |_, _| true)
            }
            Pressure::Critical => evict(alive(), |_, _| true),
        }
    }
}
