//! The handle of a loaded value: while it lives, the value stays.

use super::pinned::Pinned;
use super::slot::Slot;
use std::fmt;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Arc;

/// A value that a `#[memopt::lazy_load]` function loaded. It stays loaded while a handle of it
/// lives.
///
/// # Cost
///
/// Reading through it is reading through a reference. A clone and a drop are an atomic addition
/// each.
pub struct Loaded<V: 'static> {
    /// Invariant: points at the value that `owner` keeps in place.
    value: NonNull<V>,
    owner: Owner<V>,
}

enum Owner<V: 'static> {
    Single(Pinned<V>),
    Shared(Arc<Slot<V>>),
}

// SAFETY: a handle is a shared reference to the value, which needs `Sync` to be sent, together with
// the right to drop it, which the last one may use on its own thread and which needs `Send`.
unsafe impl<V: Send + Sync> Send for Loaded<V> {}
// SAFETY: as above; `&Loaded` gives `&V` and clones.
unsafe impl<V: Send + Sync> Sync for Loaded<V> {}

impl<V> Loaded<V> {
    /// The value of a pinned singleton, if it is loaded.
    #[inline]
    pub(super) fn single(pinned: Pinned<V>) -> Option<Self> {
        let value = NonNull::from(pinned.cell().get()?);
        Some(Self { value, owner: Owner::Single(pinned) })
    }

    /// The value of an entry, if it is loaded.
    #[inline]
    pub(super) fn shared(slot: Arc<Slot<V>>) -> Option<Self> {
        let value = NonNull::from(slot.cell.get()?);
        Some(Self { value, owner: Owner::Shared(slot) })
    }
}

impl<V> Deref for Loaded<V> {
    type Target = V;

    #[inline]
    fn deref(&self) -> &V {
        // SAFETY: `value` came from a reference into the owner's cell. A pinned singleton is not
        // evicted, a slot lives as long as an `Arc` of it, and a loaded cell is emptied by `&mut`
        // only, so the value is in place and unaliased by `&mut` while `self` lives.
        unsafe { self.value.as_ref() }
    }
}

impl<V> Clone for Loaded<V> {
    fn clone(&self) -> Self {
        let owner = match &self.owner {
            Owner::Single(pinned) => Owner::Single(pinned.clone()),
            Owner::Shared(slot) => Owner::Shared(Arc::clone(slot)),
        };
        Self { value: self.value, owner }
    }
}

impl<V> Drop for Loaded<V> {
    fn drop(&mut self) {
        if let Owner::Shared(slot) = &self.owner {
            slot.touch();
        }
    }
}

impl<V> AsRef<V> for Loaded<V> {
    fn as_ref(&self) -> &V {
        self
    }
}

impl<V: fmt::Debug> fmt::Debug for Loaded<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<V: fmt::Display> fmt::Display for Loaded<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
