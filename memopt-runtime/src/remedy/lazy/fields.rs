//! All fields that may be let go: listed when they are first loaded, as one reclaimable.

use super::idle::{self, Idle};
use crate::remedy::reclaimable::{Pressure, Reclaimable};
use crate::remedy::registry;
use crate::report::{ReclaimableReport, Remedy};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, Weak};

/// Fields looked at after a load, in turn: so a load costs the same however many there are.
const AT_ONCE: usize = 64;

/// No place.
const UNLISTED: usize = usize::MAX;

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
    /// Where in the list it stands; [`UNLISTED`] until it is loaded.
    place: AtomicUsize,
}

impl Room {
    pub(super) const fn new() -> Self {
        Self { idle: AtomicU64::new(0), place: AtomicUsize::new(UNLISTED) }
    }

    pub(super) fn set_idle(&self, idle: u64) {
        self.idle.store(idle, Relaxed);
    }

    fn is_idle(&self, used: u64, now: u64) -> bool {
        let idle = self.idle.load(Relaxed);
        idle > 0 && now.saturating_sub(used) >= idle
    }
}

/// Places of fields, and those of them that are free.
struct List {
    fields: Vec<Option<Weak<dyn Evict>>>,
    free: Vec<usize>,
}

static LIST: Mutex<List> = Mutex::new(List { fields: Vec::new(), free: Vec::new() });
/// Where the next look after a load begins.
static NEXT: AtomicUsize = AtomicUsize::new(0);
static READS: AtomicU64 = AtomicU64::new(0);
static LOADS: AtomicU64 = AtomicU64::new(0);
static RELEASED: AtomicU64 = AtomicU64::new(0);

fn list() -> MutexGuard<'static, List> {
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
        registry::register(&Fields);
        idle::enlist(&Fields);
    });
    let place = &field.room().place;
    if place.load(Relaxed) != UNLISTED {
        return;
    }
    let field: Arc<dyn Evict> = Arc::<E>::clone(field);
    crate::untracked(|| {
        let mut list = list();
        // Two threads may have seen that it is not listed.
        if place.load(Relaxed) == UNLISTED {
            let at = list.free.pop().unwrap_or(list.fields.len());
            if at == list.fields.len() {
                list.fields.push(None);
            }
            list.fields[at] = Some(Arc::downgrade(&field));
            place.store(at, Relaxed);
        }
    });
}

/// Takes a field out of the list that goes. Its memory is the program's, and is freed where it goes
/// and not with the list.
pub(super) fn leave(room: &Room) {
    let place = room.place.load(Relaxed);
    if place == UNLISTED {
        return;
    }
    let field = {
        let mut list = list();
        crate::untracked(|| list.free.push(place));
        list.fields[place].take()
    };
    drop(field);
}

/// Fields that are alive, held while they are looked at; the list is not locked, as what dropping a
/// value does is its own matter.
///
/// The vector is ours and is not counted. The fields are the program's: one whose struct went
/// meanwhile goes with the last hold, counted.
struct Taken(Vec<Arc<dyn Evict>>);

impl Taken {
    fn all() -> Self {
        Self(crate::untracked(|| {
            list().fields.iter().flatten().filter_map(Weak::upgrade).collect()
        }))
    }

    /// The next few, in turn.
    fn some() -> Self {
        Self(crate::untracked(|| {
            let fields = &list().fields;
            let from = NEXT.fetch_add(AT_ONCE, Relaxed);
            let places =
                (0..AT_ONCE.min(fields.len())).map(|at| from.wrapping_add(at) % fields.len());
            places.filter_map(|at| fields[at].as_ref()?.upgrade()).collect()
        }))
    }

    /// The half of what nobody holds that was unused longest.
    fn unused_half(mut self) -> Self {
        let used =
            |field: &dyn Evict| field.state().filter(|state| !state.held).map(|state| state.used);
        let rest = crate::untracked(|| {
            // None, held or not loaded, stands first.
            self.0.sort_by_cached_key(|field| used(&**field));
            let held = self.0.partition_point(|field| used(&**field).is_none());
            let mut free = self.0.split_off(held.min(self.0.len()));
            let most_used = free.split_off(free.len().div_ceil(2));
            self.0.extend(most_used);
            free
        });
        Self(rest)
    }

    /// Lets the values go of which `still` says so; their bytes.
    fn evict(&self, still: impl Fn(&dyn Evict, State) -> bool) -> u64 {
        let mut bytes = 0;
        for field in &self.0 {
            if let Some(gone) = field.evict(&|state| still(&**field, state)) {
                RELEASED.fetch_add(1, Relaxed);
                bytes += gone as u64;
            }
        }
        bytes
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        while self.0.pop().is_some() {}
        crate::untracked(|| self.0 = Vec::new());
    }
}

pub(super) struct Fields;

/// The reclaimable of them all.
#[cfg(test)]
pub(super) fn reclaimable() -> &'static Fields {
    &Fields
}

impl Idle for Fields {
    fn expire(&self, now: u64) -> u64 {
        Taken::some().evict(|field, state| field.room().is_idle(state.used, now))
    }
}

impl Reclaimable for Fields {
    fn report(&self) -> ReclaimableReport {
        let (reads, loads) = (READS.load(Relaxed), LOADS.load(Relaxed));
        let mut report = ReclaimableReport::new("lazy fields", Remedy::Lazy);
        report.hits = reads.saturating_sub(loads);
        report.misses = loads;
        report.released = RELEASED.load(Relaxed);
        // Locked all the while: a struct that goes waits here, so no hold is the last one, and
        // nothing of the program's is dropped.
        let list = list();
        for state in list.fields.iter().flatten().filter_map(|field| field.upgrade()?.state()) {
            if state.held {
                report.live += 1;
            } else {
                report.idle += 1;
                report.idle_bytes += state.bytes as u64;
            }
        }
        report
    }

    /// Low: what is idle beyond its time. Medium: also the half of what nobody holds that was
    /// unused longest, where those without an idle time come first. Critical: all that nobody
    /// holds.
    fn reclaim(&self, pressure: Pressure) -> u64 {
        let now = idle::now();
        match pressure {
            Pressure::None => 0,
            Pressure::Low => {
                Taken::all().evict(|field, state| field.room().is_idle(state.used, now))
            }
            Pressure::Medium => Taken::all().unused_half().evict(|_, _| true),
            Pressure::Critical => Taken::all().evict(|_, _| true),
        }
    }
}
