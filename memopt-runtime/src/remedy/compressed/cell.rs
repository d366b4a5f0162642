//! One value: plain or packed, and who may change that.
//!
//! Guards of readers are read locks of `state`. Nothing ever waits for a write lock while a guard
//! may be out, so a thread that holds a guard can take another:
//!
//! - unpacking waits for one, but only where the state is packed, of which there are no guards, and
//!   only the thread that holds `unpacking` can change that;
//! - compressing only tries, and leaves the value as it is when someone reads it;
//! - changing and dropping have `&mut` of the value, so there are no guards of it.

use super::method::Method;
use super::{Outcome, form};
use crate::{Error, untracked};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{
    LazyLock, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError,
    TryLockResult,
};
use std::time::{Duration, Instant};

/// The value of `Cell::idle` of values that never go cold.
const NEVER: u64 = u64::MAX;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Rises with each reclaim of medium or critical pressure: what was read in the present one is in
/// use.
pub(super) static PERIOD: AtomicU64 = AtomicU64::new(0);

/// Nanoseconds since this was first asked.
pub(super) fn now() -> u64 {
    nanos(START.elapsed())
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(NEVER)
}

pub(super) enum State<T> {
    Plain(T),
    Packed(Packed),
    /// Its value was taken; only while it is being dropped.
    Gone,
}

/// The compressed form of a value.
pub(super) struct Packed {
    bytes: Box<[u8]>,
    /// Length of what was compressed.
    len: usize,
    /// Bytes the plain form took.
    pub(super) plain: u64,
}

impl Packed {
    pub(super) fn stored(&self) -> u64 {
        self.bytes.len() as u64
    }
}

pub(super) struct Cell<T> {
    state: RwLock<State<T>>,
    /// Held by the one thread that unpacks.
    unpacking: Mutex<()>,
    method: Method,
    /// Nanoseconds without a read after which it is cold; [`NEVER`] for most.
    idle: AtomicU64,
    /// When it was last read, as [`now`] tells; kept only where `idle` is set.
    last: AtomicU64,
    /// The period it was last read in; likewise.
    period: AtomicU64,
    /// Counts changes of the value. Invariant: written under the write lock.
    changes: AtomicU64,
    refused: AtomicBool,
    pub(super) hits: AtomicU64,
    pub(super) misses: AtomicU64,
}

impl<T> Cell<T> {
    pub(super) fn new(value: T, method: Method) -> Self {
        Self {
            state: RwLock::new(State::Plain(value)),
            unpacking: Mutex::new(()),
            method,
            idle: AtomicU64::new(NEVER),
            last: AtomicU64::new(0),
            period: AtomicU64::new(0),
            changes: AtomicU64::new(0),
            refused: AtomicBool::new(false),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// What `look` sees of the packed form; `None` of a plain value. While someone changes it, it
    /// is plain.
    pub(super) fn packed<R>(&self, look: impl FnOnce(&Packed) -> R) -> Option<R> {
        match &*unpoisoned(self.state.try_read())? {
            State::Packed(packed) => Some(look(packed)),
            _ => None,
        }
    }

    pub(super) fn is_refused(&self) -> bool {
        self.refused.load(Relaxed)
    }

    pub(super) fn goes_cold(&self) -> bool {
        self.idle.load(Relaxed) != NEVER
    }

    /// Sets how long it may stay unread; tells whether it did not go cold before.
    pub(super) fn set_idle(&self, idle: Duration) -> bool {
        self.touch(now());
        self.idle.swap(nanos(idle).min(NEVER - 1), Relaxed) == NEVER
    }

    /// Whether it is past its time.
    pub(super) fn is_cold(&self, now: u64) -> bool {
        now.saturating_sub(self.last.load(Relaxed)) >= self.idle.load(Relaxed)
    }

    /// Whether it was read in `period`.
    pub(super) fn was_read_in(&self, period: u64) -> bool {
        self.period.load(Relaxed) == period
    }

    fn touch(&self, now: u64) {
        self.last.store(now, Relaxed);
        self.period.store(PERIOD.load(Relaxed), Relaxed);
    }

    fn reading(&self) -> RwLockReadGuard<'_, State<T>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// See the top of this file for when this may wait.
    fn writing(&self) -> RwLockWriteGuard<'_, State<T>> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a value in its place and returns what was there. The caller has `&mut` of the handle.
    pub(super) fn replace(&self, value: T) -> State<T> {
        let mut state = self.writing();
        self.changed();
        std::mem::replace(&mut state, State::Plain(value))
    }

    /// Drops the value. The caller has `&mut` of the handle.
    pub(super) fn clear(&self) {
        let old = std::mem::replace(&mut *self.writing(), State::Gone);
        drop(old);
    }

    fn changed(&self) {
        self.changes.fetch_add(1, Relaxed);
        self.refused.store(false, Relaxed);
    }
}

impl<T: Serialize + DeserializeOwned + 'static> Cell<T> {
    #[inline]
    pub(super) fn read(&self) -> Result<Reading<'_, T>, Error> {
        if self.goes_cold() {
            self.touch(now());
        }
        let state = self.reading();
        if let State::Plain(_) = *state {
            self.hits.fetch_add(1, Relaxed);
            return Ok(Reading(state));
        }
        drop(state);
        self.unpack_and_read()
    }

    #[cold]
    fn unpack_and_read(&self) -> Result<Reading<'_, T>, Error> {
        let _one_at_a_time = self.unpacking.lock().unwrap_or_else(PoisonError::into_inner);
        self.misses.fetch_add(1, Relaxed);
        // More than once only where a reclaim comes between.
        loop {
            let state = self.reading();
            let State::Packed(packed) = &*state else { return Ok(Reading(state)) };
            let value = self.unpack(packed)?;
            drop(state);
            let old = std::mem::replace(&mut *self.writing(), State::Plain(value));
            drop(old);
        }
    }

    /// The caller has `&mut` of the handle.
    pub(super) fn write(&self) -> Result<Writing<'_, T>, Error> {
        drop(self.read()?);
        let mut state = self.writing();
        // A reclaim may have come between.
        if let State::Packed(packed) = &*state {
            *state = State::Plain(self.unpack(packed)?);
        }
        self.changed();
        Ok(Writing(state))
    }

    /// Takes the value out. The caller owns the handle.
    pub(super) fn take(&self) -> Result<T, Error> {
        drop(self.write()?);
        let mut state = self.writing();
        match std::mem::replace(&mut *state, State::Gone) {
            State::Plain(value) => Ok(value),
            State::Packed(packed) => {
                let value = self.unpack(&packed);
                if value.is_err() {
                    *state = State::Packed(packed);
                }
                value
            }
            State::Gone => unreachable!("taken only when dropped"),
        }
    }

    fn unpack(&self, packed: &Packed) -> Result<T, Error> {
        let plain = || self.method.decompress(&packed.bytes, packed.len);
        if form::is_bytes::<T>() {
            return form::from_bytes(plain()?);
        }
        let bytes = untracked(plain)?;
        let value = form::read(&bytes);
        untracked(|| drop(bytes));
        value
    }

    pub(super) fn compress(&self) -> Result<Outcome, Error> {
        // Readers hold it: then all the work would be for nothing.
        match self.state.try_write() {
            Err(TryLockError::WouldBlock) => return Ok(Outcome::InUse),
            _ if self.is_refused() => return Ok(Outcome::Incompressible),
            _ => {}
        }
        let Some(state) = unpoisoned(self.state.try_read()) else { return Ok(Outcome::InUse) };
        let value = match &*state {
            State::Plain(value) => value,
            State::Packed(_) => return Ok(Outcome::Already),
            State::Gone => return Ok(Outcome::InUse),
        };
        let changes = self.changes.load(Relaxed);
        let packed = match self.pack(value) {
            Ok(Some(packed)) => packed,
            refused => {
                self.refused.store(true, Relaxed);
                return refused.map(|_| Outcome::Incompressible);
            }
        };
        drop(state);

        let Some(mut state) = unpoisoned(self.state.try_write()) else { return Ok(Outcome::InUse) };
        if !matches!(*state, State::Plain(_)) {
            return Ok(Outcome::Already);
        }
        if self.changes.load(Relaxed) != changes {
            return Ok(Outcome::InUse);
        }
        let saved = packed.plain.saturating_sub(packed.stored());
        let old = std::mem::replace(&mut *state, State::Packed(packed));
        drop(state);
        drop(old);
        Ok(Outcome::Compressed { saved })
    }

    /// The packed form of a value; nothing where it saves less than a sixteenth.
    fn pack(&self, value: &T) -> Result<Option<Packed>, Error> {
        let (small, len, plain) = untracked(|| {
            let (bytes, plain) = form::write(value)?;
            let small = self.method.compress(&bytes)?;
            if !form::is_bytes::<T>() {
                drop(form::read::<T>(&bytes)?);
            }
            Ok::<_, Error>((small, bytes.len(), plain))
        })?;
        let pays = small.len() as u64 <= plain - plain.div_ceil(16);
        let packed = pays.then(|| Packed { bytes: Box::from(small.as_slice()), len, plain });
        untracked(|| drop(small));
        Ok(packed)
    }
}

/// The lock, unless another holds it. A panic under it left the state whole: it is only ever
/// exchanged.
fn unpoisoned<G>(lock: TryLockResult<G>) -> Option<G> {
    match lock {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// A plain value, kept plain.
pub(super) struct Reading<'a, T>(RwLockReadGuard<'a, State<T>>);

impl<T> Reading<'_, T> {
    #[inline]
    pub(super) fn plain(&self) -> &T {
        match &*self.0 {
            State::Plain(value) => value,
            _ => unreachable!("made of a plain value, which its lock keeps plain"),
        }
    }
}

/// A plain value that nobody else sees.
pub(super) struct Writing<'a, T>(RwLockWriteGuard<'a, State<T>>);

impl<T> Writing<'_, T> {
    pub(super) fn plain(&self) -> &T {
        match &*self.0 {
            State::Plain(value) => value,
            _ => unreachable!("made of a plain value, which its lock keeps plain"),
        }
    }

    pub(super) fn plain_mut(&mut self) -> &mut T {
        match &mut *self.0 {
            State::Plain(value) => value,
            _ => unreachable!("made of a plain value, which its lock keeps plain"),
        }
    }
}
