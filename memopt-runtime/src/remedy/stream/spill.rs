//! What must be kept whole and may not fit: items in memory up to a budget, and in a temporary file
//! beyond it.
//!
//! Rooms: `bytes` (the bytes, in memory and in the file), `cursor` (reading records back), `held`
//! (all spills, in reports).

mod bytes;
mod cursor;
mod held;

pub use self::bytes::SpillBytes;
use self::cursor::Cursor;
use crate::report::error::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;

/// Bytes in front of a record that say how long it is.
const PREFIX: usize = size_of::<u32>();

/// Items in the order they were pushed, of which at most a budget of bytes is in memory; the others
/// are in a temporary file.
///
/// Items are kept in bytes (postcard's form), also those in memory: the budget is exact, and what
/// an item has on the heap is not kept. The file has no name if the system allows that. It is gone
/// when the spill is dropped, or when the program ends in any way.
///
/// # Examples
///
/// ```
/// use memopt::remedy::Spill;
///
/// let mut names = Spill::new(1 << 10);
/// for n in 0..1000 {
///     names.push(&format!("name {n}"))?;
/// }
/// assert!(names.memory_bytes() <= 1 << 10 && names.spilled_bytes() > 8000);
/// assert_eq!(names.iter().nth(700).transpose()?.as_deref(), Some("name 700"));
/// assert_eq!(names.drain().count(), 1000);
/// assert!(names.is_empty());
/// # Ok::<(), memopt::Error>(())
/// ```
///
/// # Errors
///
/// An error loses no item that was pushed. If a push fails, because the disk is full or the folder
/// is not writable, the item was not pushed; try again. Items that cannot be read stay, with
/// everything behind them.
///
/// # Cost
///
/// A push writes the item in bytes, and reading it back makes a new one. The budget is written to
/// the file in one piece each time it is used up; reading asks the file for 32 KiB at a time.
pub struct Spill<T> {
    bytes: SpillBytes,
    len: usize,
    /// The record being made, kept for the next.
    record: Vec<u8>,
    items: PhantomData<fn(T) -> T>,
}

impl<T> Spill<T> {
    /// Keeps at most `budget` bytes in memory; with 0 everything is in the file.
    pub fn new(budget: usize) -> Self {
        Self { bytes: SpillBytes::new(budget), len: 0, record: Vec::new(), items: PhantomData }
    }

    /// Makes the file in this folder in place of the system's for temporary files.
    #[must_use]
    pub fn in_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.bytes = self.bytes.in_dir(folder);
        self
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes of the items in memory.
    pub fn memory_bytes(&self) -> usize {
        self.bytes.memory_bytes()
    }

    /// Bytes of the items in the file.
    pub fn spilled_bytes(&self) -> u64 {
        self.bytes.spilled_bytes()
    }

    /// Removes all items, and the file.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.len = 0;
    }
}

impl<T: Serialize> Spill<T> {
    /// Puts an item behind the others.
    ///
    /// # Errors
    ///
    /// Where the file cannot be made or written ([`Error::is_io`]), or the item's `Serialize`
    /// fails, or writes 4 GiB or more ([`Error::is_encoding`]). The item has not been pushed then,
    /// and nothing else has changed.
    pub fn push(&mut self, item: &T) -> Result<(), Error> {
        let mut record = std::mem::take(&mut self.record);
        record.clear();
        record.extend([0; PREFIX]);
        let mut record = postcard::to_extend(item, record)
            .map_err(|error| Error::encoding(format!("an item cannot be written: {error}")))?;
        let length = u32::try_from(record.len() - PREFIX)
            .map_err(|_| Error::encoding("an item of 4 GiB or more cannot be written"))?;
        record[..PREFIX].copy_from_slice(&length.to_le_bytes());
        let kept = self.bytes.append(&record);
        self.record = record;
        kept?;
        self.len += 1;
        Ok(())
    }
}

impl<T: DeserializeOwned> Spill<T> {
    /// All items in order, from memory and from the file. The first item that cannot be read is
    /// returned as an error and ends the iteration.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { spill: self, cursor: Cursor::new(&self.bytes) }
    }

    /// All items in order; they are removed when the iterator is dropped, read or not, unless one
    /// of them could not be read.
    pub fn drain(&mut self) -> Drain<'_, T> {
        let cursor = Cursor::new(&self.bytes);
        Drain { spill: self, cursor }
    }
}

impl<'a, T: DeserializeOwned> IntoIterator for &'a Spill<T> {
    type Item = Result<T, Error>;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> fmt::Debug for Spill<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spill")
            .field("len", &self.len)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

/// What [`Spill::iter`] gives.
pub struct Iter<'a, T> {
    spill: &'a Spill<T>,
    cursor: Cursor,
}

/// What [`Spill::drain`] gives.
pub struct Drain<'a, T> {
    spill: &'a mut Spill<T>,
    cursor: Cursor,
}

impl<T: DeserializeOwned> Iterator for Iter<'_, T> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.cursor.next(&self.spill.bytes)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.cursor.size_hint(self.spill.len)
    }
}

impl<T: DeserializeOwned> Iterator for Drain<'_, T> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.cursor.next(&self.spill.bytes)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.cursor.size_hint(self.spill.len)
    }
}

impl<T: DeserializeOwned> std::iter::FusedIterator for Iter<'_, T> {}

impl<T: DeserializeOwned> std::iter::FusedIterator for Drain<'_, T> {}

impl<T> Drop for Drain<'_, T> {
    fn drop(&mut self) {
        if !self.cursor.failed() {
            self.spill.clear();
        }
    }
}

impl<T> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").field("spill", &self.spill).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Drain<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain").field("spill", &self.spill).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
