//! A field's value that may go while nobody holds it: the field gives out handles, no references.

use super::fields::{self, Room};
use super::idle;
use super::loaded::Loaded;
use super::slot::Slot;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

/// A value that is loaded when first read and evicted when unused: after its idle timeout or under
/// memory pressure. Handles keep it loaded.
///
/// `#[memopt::lazy_load]` on a struct makes those `#[lazy(..)]` fields of this type that say
/// `evict` or `idle = ".."`. A [`Lazy`](super::Lazy) field gives out references, which last as long
/// as the struct is borrowed, so it can only go by `&mut`. This one gives out [`Loaded`] handles.
///
/// # Examples
///
/// ```
/// use memopt::remedy::{Evictable, Pressure, reclaim};
///
/// #[memopt::lazy_load]
/// struct Doc {
///     text: &'static str,
///     #[lazy(load = |doc: &Self| doc.text.split(' ').map(str::to_owned).collect(), evict)]
///     words: Vec<String>,
/// }
///
/// let doc = Doc { text: "two words", words: Evictable::new() };
/// let words = doc.words();
/// assert_eq!(words.len(), 2);
/// reclaim(Pressure::Critical);
/// assert!(doc.words_is_loaded(), "a handle is out");
/// drop(words);
/// reclaim(Pressure::Critical);
/// assert!(!doc.words_is_loaded());
/// assert_eq!(doc.words()[1], "words");
/// ```
///
/// # Cost
///
/// Reading a loaded value takes an uncontended lock and two atomic additions; with an idle time,
/// two readings of the clock too. A value takes two small blocks more.
pub struct Evictable<V: 'static>(Arc<Field<V>>);

/// What the list of fields sees.
pub(super) struct Field<V: 'static> {
    slot: Mutex<Option<Arc<Slot<V>>>>,
    room: Room,
}

impl<V> Field<V> {
    /// A panic while it is locked leaves a whole value: nothing of the program's runs there.
    fn with<R>(&self, see: impl FnOnce(&mut Option<Arc<Slot<V>>>) -> R) -> R {
        see(&mut self.slot.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<V: Send + Sync> fields::Evict for Field<V> {
    fn room(&self) -> &Room {
        &self.room
    }

    fn state(&self) -> Option<fields::State> {
        self.with(|slot| slot.as_ref().and_then(state))
    }

    fn evict(&self, still: &dyn Fn(fields::State) -> bool) -> Option<usize> {
        let gone = self.with(|slot| {
            slot.take_if(|slot| state(slot).is_some_and(|state| !state.held && still(state)))
        })?;
        // The value is the program's: dropped where it is seen, outside of the lock.
        Some(gone.bytes())
    }
}

/// Of a value that is loaded. Asked for under the lock: handles are cloned from handles, and new
/// ones come by it.
fn state<V>(slot: &Arc<Slot<V>>) -> Option<fields::State> {
    let state = || fields::State {
        held: Arc::strong_count(slot) > 1,
        used: slot.used(),
        bytes: slot.bytes(),
    };
    slot.cell.is_loaded().then(state)
}

impl<V> Evictable<V> {
    /// An empty one.
    pub fn new() -> Self {
        Self(Arc::new(Field { slot: Mutex::new(None), room: Room::new() }))
    }

    /// Whether it is loaded.
    pub fn is_loaded(&self) -> bool {
        self.0.with(|slot| slot.as_ref().and_then(state).is_some())
    }

    /// Evicts the value as soon as no handle to it is alive; the next read loads again. Returns
    /// whether it was loaded.
    pub fn unload(&self) -> bool {
        self.0.with(Option::take).is_some_and(|slot| slot.cell.is_loaded())
    }

    /// Bytes of the value as they were weighed when it was loaded; 0 while it is not.
    pub fn held_bytes(&self) -> usize {
        self.0.with(|slot| slot.as_ref().and_then(state).map_or(0, |state| state.bytes))
    }
}

/// How a field's value is kept: milliseconds without use after which it goes, 0 for no such limit;
/// and how it is weighed.
type Keep<V> = (u64, fn(&V) -> usize);

/// What `#[memopt::lazy_load]` writes into accessors: the loader gets the struct.
impl<V: Send + Sync> Evictable<V> {
    #[doc(hidden)]
    pub fn load_from<'a, S: ?Sized>(
        &self,
        owner: &'a S,
        load: impl FnOnce(&'a S) -> V,
        keep: Keep<V>,
    ) -> Loaded<V> {
        let slot = self.slot(keep);
        if !slot.cell.is_loaded() {
            slot.cell.get_or_load(|| weighed(&slot, load(owner), keep));
            self.settle();
        }
        hand_out(slot)
    }

    #[doc(hidden)]
    #[allow(clippy::missing_errors_doc)]
    pub fn try_load_from<'a, S: ?Sized, E>(
        &self,
        owner: &'a S,
        load: impl FnOnce(&'a S) -> Result<V, E>,
        keep: Keep<V>,
    ) -> Result<Loaded<V>, E> {
        let slot = self.slot(keep);
        if !slot.cell.is_loaded() {
            slot.cell.get_or_try_load(|| load(owner).map(|value| weighed(&slot, value, keep)))?;
            self.settle();
        }
        Ok(hand_out(slot))
    }

    #[doc(hidden)]
    pub async fn load_from_async<'a, S: ?Sized, F: Future<Output = V>>(
        &self,
        owner: &'a S,
        load: impl FnOnce(&'a S) -> F,
        keep: Keep<V>,
    ) -> Loaded<V> {
        let slot = self.slot(keep);
        if !slot.cell.is_loaded() {
            slot.cell.get_or_load_async(|| async { weighed(&slot, load(owner).await, keep) }).await;
            self.settle();
        }
        hand_out(slot)
    }

    #[doc(hidden)]
    #[allow(clippy::missing_errors_doc)]
    pub async fn try_load_from_async<'a, S: ?Sized, E, F: Future<Output = Result<V, E>>>(
        &self,
        owner: &'a S,
        load: impl FnOnce(&'a S) -> F,
        keep: Keep<V>,
    ) -> Result<Loaded<V>, E> {
        let slot = self.slot(keep);
        if !slot.cell.is_loaded() {
            let load = || async { load(owner).await.map(|value| weighed(&slot, value, keep)) };
            slot.cell.get_or_try_load_async(load).await?;
            self.settle();
        }
        Ok(hand_out(slot))
    }

    /// A hold of the value, loaded or not: while it is out the value stays.
    fn slot(&self, (idle, _): Keep<V>) -> Arc<Slot<V>> {
        self.0.room.set_idle(idle);
        let slot = self
            .0
            .with(|slot| Arc::clone(slot.get_or_insert_with(|| Arc::new(Slot::new(idle > 0)))));
        slot.touch();
        slot
    }

    /// Takes note of a load, after it.
    #[cold]
    fn settle(&self) {
        let field: &Arc<Field<V>> = &self.0;
        fields::enter(field);
        idle::sweep();
    }
}

fn weighed<V>(slot: &Slot<V>, value: V, (_, weigh): Keep<V>) -> V {
    slot.weighs(weigh(&value));
    fields::loaded();
    value
}

fn hand_out<V>(slot: Arc<Slot<V>>) -> Loaded<V> {
    fields::read();
    Loaded::shared(slot).expect("loaded before it is handed out")
}

impl<V> Drop for Evictable<V> {
    fn drop(&mut self) {
        fields::leave(&self.0.room);
    }
}

impl<V> Default for Evictable<V> {
    fn default() -> Self {
        Self::new()
    }
}

/// Not loaded, whatever the original is.
impl<V> Clone for Evictable<V> {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl<V> fmt::Debug for Evictable<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_loaded() { "Evictable(loaded)" } else { "Evictable(not loaded)" })
    }
}
