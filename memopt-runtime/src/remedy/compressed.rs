//! Values that are kept but seldom read, held compressed between the readings.
//!
//! No thread runs here: a value goes cold when someone calls [`tick`] or asks for memory.

// Files: `form` (a value as bytes), `method` (bytes as fewer bytes), `cell` (which of the two a
// value is in now, and who may change that), `cold` (the list of values that go cold by
// themselves).

mod cell;
mod cold;
mod form;
mod method;

use self::cell::Cell;
use crate::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

pub use self::cold::tick;
pub use self::method::Method;

/// The result of an attempt to compress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It is compressed now, and holds so many bytes less.
    Compressed {
        /// [`plain_bytes`](Compressed::plain_bytes) less
        /// [`stored_bytes`](Compressed::stored_bytes).
        saved: u64,
    },
    /// It was compressed before.
    Already,
    /// It would not have shrunk by a sixteenth, so it stays plain; not tried again before it is
    /// changed.
    Incompressible,
    /// Someone reads it.
    InUse,
}

/// A value that can be held compressed and is read as if it were not.
///
/// `T` is any serde type, written as `postcard`; `Vec<u8>`, `String`, `Box<[u8]>` and `Box<str>` go
/// as they are. A new value is plain. It is compressed by [`compress_now`](Self::compress_now), or,
/// with [`cold_after`](Self::cold_after), when it was not read for a while; the next
/// [`get`](Self::get) brings it back.
///
/// # Examples
///
/// ```
/// use memopt::remedy::Compressed;
/// use memopt::remedy::compressed::{Outcome, tick};
/// use std::time::Duration;
///
/// # fn main() -> Result<(), memopt::Error> {
/// let page = Compressed::new("all work and no play ".repeat(1000));
/// assert_eq!(page.compress_now()?, Outcome::Compressed { saved: 21_000 - page.stored_bytes() });
/// assert!(page.is_compressed() && page.ratio() > 50.0);
/// assert!(page.get()?.starts_with("all work")); // decompressed here
/// assert!(!page.is_compressed());
///
/// let table = Compressed::new(vec![[1u32, 2, 3]; 1000]).cold_after(Duration::ZERO);
/// assert!(tick() > 0);
/// assert!(table.is_compressed());
/// assert_eq!(table.get()?[999], [1, 2, 3]);
/// # Ok(())
/// # }
/// ```
///
/// # Cost
///
/// One block beside the value's own, about 150 bytes. A read of a plain value takes a read lock and
/// two counters, and the clock if it goes cold by itself. Compressing writes the value out,
/// compresses it and, for serde types, reads it back once to be sure; readers wait only for the
/// exchange at the end. Scratch memory for it is not counted.
///
/// # Limits
///
/// - What `T`'s serde impls leave out (`#[serde(skip)]`) is not kept. Types that postcard cannot
///   read back (`#[serde(untagged)]`, `flatten`) are found out when they are compressed: an error,
///   and the value stays plain.
/// - `size_of::<T>()` bytes stay in place; only what `T` owns is let go. Compress a `Vec<[u8;
///   4096]>`, not the array.
/// - [`Method::Lz4`] takes no more than 2 GiB at once.
pub struct Compressed<T: 'static> {
    cell: Arc<Cell<T>>,
}

impl<T: 'static> Compressed<T> {
    /// Holds `value`, plain for now, to be compressed with lz4.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self::with_method(value, Method::default())
    }

    /// Holds `value`, plain for now, to be compressed with `method`.
    #[must_use]
    pub fn with_method(value: T, method: Method) -> Self {
        Self { cell: Arc::new(Cell::new(value, method)) }
    }

    /// Whether it is compressed now.
    pub fn is_compressed(&self) -> bool {
        self.cell.packed(|_| ()).is_some()
    }

    /// Whether the last attempt to compress this value failed or did not pay; changing it clears
    /// this.
    pub fn is_refused(&self) -> bool {
        self.cell.is_refused()
    }

    /// Bytes its compressed form takes; 0 while it is plain.
    pub fn stored_bytes(&self) -> u64 {
        self.cell.packed(cell::Packed::stored).unwrap_or(0)
    }

    /// Bytes its plain form took when it was compressed; 0 while it is plain.
    ///
    /// For bytes and strings their capacity; for other types the length of their written form,
    /// which is mostly less than they take in memory.
    pub fn plain_bytes(&self) -> u64 {
        self.cell.packed(|packed| packed.plain).unwrap_or(0)
    }

    /// [`plain_bytes`](Self::plain_bytes) ÷ [`stored_bytes`](Self::stored_bytes); 1 while it is
    /// plain.
    pub fn ratio(&self) -> f64 {
        self.cell
            .packed(|packed| packed.plain as f64 / packed.stored().max(1) as f64)
            .unwrap_or(1.0)
    }
}

impl<T: Serialize + DeserializeOwned + 'static> Compressed<T> {
    /// Lets the value go cold: [`tick`], or a wish for memory, compresses it once it was not read
    /// for so long.
    ///
    /// It is then part of the reclaimable `compressed values` in reports, and of `reclaim`: low
    /// pressure compresses what is past its time, medium what was not read since the last reclaim,
    /// critical all that nobody reads just now.
    #[must_use]
    pub fn cold_after(self, idle: Duration) -> Self
    where
        T: Send + Sync,
    {
        if self.cell.set_idle(idle) {
            cold::enter(Arc::clone(&self.cell));
        }
        self
    }

    /// The value to read; decompressed first where it has to be. It stays plain while the guard
    /// lives.
    ///
    /// # Errors
    ///
    /// If the value cannot be read back ([`Error::is_encoding`]). It keeps its compressed form, so
    /// nothing is lost.
    #[inline]
    pub fn get(&self) -> Result<Ref<'_, T>, Error> {
        self.cell.read().map(Ref)
    }

    /// The value to change; decompressed first where it has to be.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn get_mut(&mut self) -> Result<Mut<'_, T>, Error> {
        self.cell.write().map(Mut)
    }

    /// Puts another value in its place.
    pub fn set(&mut self, value: T) {
        drop(self.cell.replace(value));
    }

    /// Compresses it unless someone reads it, or it is known not to shrink.
    ///
    /// # Errors
    ///
    /// If the value cannot be written, or not be read back from what was written
    /// ([`Error::is_encoding`]). It stays plain.
    pub fn compress_now(&self) -> Result<Outcome, Error> {
        self.cell.compress()
    }

    /// The value itself.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), with what holds the value.
    pub fn into_inner(self) -> Result<T, (Self, Error)> {
        match self.cell.take() {
            Ok(value) => Ok(value),
            Err(error) => Err((self, error)),
        }
    }
}

impl<T: 'static> Drop for Compressed<T> {
    fn drop(&mut self) {
        if self.cell.goes_cold() {
            cold::leave(&*self.cell);
        }
        // Here and not with the last `Arc`, which a reclaim on another thread may hold for a
        // moment.
        self.cell.clear();
    }
}

impl<T: 'static> From<T> for Compressed<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Default + 'static> Default for Compressed<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: 'static> fmt::Debug for Compressed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compressed")
            .field("is_compressed", &self.is_compressed())
            .field("plain_bytes", &self.plain_bytes())
            .field("stored_bytes", &self.stored_bytes())
            .finish_non_exhaustive()
    }
}

/// A [`Compressed`] value while it is read.
pub struct Ref<'a, T>(cell::Reading<'a, T>);

impl<T> Deref for Ref<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.0.plain()
    }
}

impl<T: fmt::Debug> fmt::Debug for Ref<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// A [`Compressed`] value while it is changed.
pub struct Mut<'a, T>(cell::Writing<'a, T>);

impl<T> Deref for Mut<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.plain()
    }
}

impl<T> DerefMut for Mut<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.plain_mut()
    }
}

impl<T: fmt::Debug> fmt::Debug for Mut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests;
