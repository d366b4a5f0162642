//! A value that is loaded when it is first read.

use super::loading::{Flag, Turn};
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::sync::OnceLock;

/// A value that is loaded when it is first read, and can be unloaded again.
///
/// `#[memopt::lazy_load]` on a struct makes its `#[lazy(..)]` fields cells of this type; by hand,
/// the loader is given at each read. Loaders are plain, fallible or async. When several threads and
/// tasks read first, one loads and the others wait for it.
///
/// # Examples
///
/// ```
/// use memopt::remedy::Lazy;
///
/// let mut words: Lazy<Vec<&str>> = Lazy::new();
/// assert!(!words.is_loaded());
/// assert_eq!(words.get_or_load(|| "to be loaded".split(' ').collect()).len(), 3);
/// assert_eq!(words.get().map(Vec::len), Some(3));
///
/// // A failed load can be tried again.
/// words.unload();
/// assert!(words.get_or_try_load(|| "?".parse::<u8>().map(|_| Vec::new())).is_err());
/// assert!(words.get_or_try_load(|| "1".parse::<u8>().map(|_| Vec::new())).is_ok());
/// ```
///
/// # Panics
///
/// A panic of the loader reaches the caller that runs it; the cell stays empty and the next reader
/// loads. A loader that reads its own cell on its own thread panics. If loaders on several threads
/// wait for each other's cells, the last of them panics, and the others go on. A loader that lets
/// another thread or task read its cell, and waits for it, never ends. Neither do tasks whose
/// loaders await each other's cells.
///
/// # Cost
///
/// Reading a loaded value takes an acquiring load and a branch, as for [`std::sync::LazyLock`]. The
/// cell adds 8 bytes to the value. A load takes one short lock.
pub struct Lazy<T> {
    value: OnceLock<T>,
    flag: Flag,
}

/// What a reader found.
enum Found<'a, T> {
    Loaded(&'a T),
    /// Nothing: it is this reader's turn to load.
    Turn(Turn<'a>),
    /// Somebody is loading.
    Busy,
}

impl<T> Lazy<T> {
    /// An empty cell.
    pub const fn new() -> Self {
        Self { value: OnceLock::new(), flag: Flag::new() }
    }

    /// The value, if it is loaded.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        self.value.get()
    }

    /// Whether it is loaded.
    #[inline]
    pub fn is_loaded(&self) -> bool {
        self.get().is_some()
    }

    /// The value; `load` makes it if it is not loaded.
    #[inline]
    pub fn get_or_load(&self, load: impl FnOnce() -> T) -> &T {
        match self.get() {
            Some(value) => value,
            None => match self.load(|| Ok::<T, Infallible>(load())) {
                Ok(value) => value,
                Err(never) => match never {},
            },
        }
    }

    /// The value; `load` makes it if it is not loaded, or fails.
    ///
    /// # Errors
    ///
    /// Those of `load`. Nothing is kept of a failure: the next reader loads, also one that has been
    /// waiting.
    #[inline]
    pub fn get_or_try_load<E>(&self, load: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        match self.get() {
            Some(value) => Ok(value),
            None => self.load(load),
        }
    }

    #[cold]
    fn load<E>(&self, load: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        loop {
            match self.find() {
                Found::Loaded(value) => return Ok(value),
                Found::Turn(turn) => {
                    let value = turn.run(load)?;
                    return Ok(self.keep(&turn, value));
                }
                Found::Busy => self.flag.wait(),
            }
        }
    }

    /// The value; the future of `load` makes it if it is not loaded.
    ///
    /// If the future that loads is dropped before it ends, the next reader loads from the start.
    pub async fn get_or_load_async<F: Future<Output = T>>(&self, load: impl FnOnce() -> F) -> &T {
        let value =
            self.get_or_try_load_async(|| async { Ok::<T, Infallible>(load().await) }).await;
        match value {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }

    /// The value; the future of `load` makes it if it is not loaded, or fails.
    ///
    /// # Errors
    ///
    /// Those of the loader. Nothing is kept of a failure: the next reader loads.
    pub async fn get_or_try_load_async<E, F: Future<Output = Result<T, E>>>(
        &self,
        load: impl FnOnce() -> F,
    ) -> Result<&T, E> {
        loop {
            match self.find() {
                Found::Loaded(value) => return Ok(value),
                Found::Turn(turn) => {
                    let future = turn.run(load);
                    let value = turn.run_async(future).await?;
                    return Ok(self.keep(&turn, value));
                }
                Found::Busy => self.flag.wait_async().await,
            }
        }
    }

    fn find(&self) -> Found<'_, T> {
        if let Some(value) = self.get() {
            return Found::Loaded(value);
        }
        let Some(turn) = self.flag.take() else { return Found::Busy };
        // It may have been loaded between the look and the turn.
        match self.get() {
            Some(value) => Found::Loaded(value),
            None => Found::Turn(turn),
        }
    }

    /// Keeps what was loaded. Only the one whose turn it is comes here, so it is this value that is
    /// kept.
    fn keep(&self, _turn: &Turn<'_>, value: T) -> &T {
        self.value.get_or_init(|| value)
    }

    /// Takes the value out and returns it; the next reader loads again.
    pub fn unload(&mut self) -> Option<T> {
        self.value.take()
    }

    /// The value, if it was loaded.
    pub fn into_inner(self) -> Option<T> {
        self.value.into_inner()
    }
}

/// What `#[memopt::lazy_load]` writes into accessors: the loader gets the struct.
impl<T> Lazy<T> {
    #[doc(hidden)]
    #[inline]
    pub fn load_from<'a, S: ?Sized>(
        &'a self,
        owner: &'a S,
        load: impl FnOnce(&'a S) -> T,
    ) -> &'a T {
        self.get_or_load(|| load(owner))
    }

    #[doc(hidden)]
    #[inline]
    #[allow(clippy::missing_errors_doc)]
    pub fn try_load_from<'a, S: ?Sized, E>(
        &'a self,
        owner: &'a S,
        load: impl FnOnce(&'a S) -> Result<T, E>,
    ) -> Result<&'a T, E> {
        self.get_or_try_load(|| load(owner))
    }

    #[doc(hidden)]
    pub async fn load_from_async<'a, S: ?Sized, F: Future<Output = T>>(
        &'a self,
        owner: &'a S,
        load: impl FnOnce(&'a S) -> F,
    ) -> &'a T {
        self.get_or_load_async(|| load(owner)).await
    }

    #[doc(hidden)]
    #[allow(clippy::missing_errors_doc)]
    pub async fn try_load_from_async<'a, S: ?Sized, E, F: Future<Output = Result<T, E>>>(
        &'a self,
        owner: &'a S,
        load: impl FnOnce(&'a S) -> F,
    ) -> Result<&'a T, E> {
        self.get_or_try_load_async(|| load(owner)).await
    }

    #[doc(hidden)]
    pub fn weigh(&self, weigh: impl FnOnce(&T) -> usize) -> usize {
        self.get().map_or(0, weigh)
    }
}

impl<T> Default for Lazy<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// A cell that is loaded.
impl<T> From<T> for Lazy<T> {
    fn from(value: T) -> Self {
        Self { value: OnceLock::from(value), flag: Flag::new() }
    }
}

/// Loaded where the original is.
impl<T: Clone> Clone for Lazy<T> {
    fn clone(&self) -> Self {
        self.get().cloned().map_or_else(Self::new, Self::from)
    }
}

impl<T: fmt::Debug> fmt::Debug for Lazy<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.get() {
            Some(value) => f.debug_tuple("Lazy").field(value).finish(),
            None => f.write_str("Lazy(not loaded)"),
        }
    }
}
