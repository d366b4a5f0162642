//! Work of our own that must not show in the figures of the observed program.

use super::local::Local;
use std::fmt;
use std::ops::{Deref, DerefMut};

/// Runs `work` without counting what it allocates or frees on this thread.
pub(crate) fn quiet<T>(work: impl FnOnce() -> T) -> T {
    struct Unmute;
    impl Drop for Unmute {
        fn drop(&mut self) {
            Local::with(Local::unmute);
        }
    }
    Local::with(Local::mute);
    let _unmute = Unmute;
    work()
}

/// Runs `work`, which opens or closes scopes of the observed program, as if no quiet section were open around it.
#[cfg(feature = "tracing")]
pub(crate) fn aloud<T>(work: impl FnOnce() -> T) -> T {
    struct Mute(u32);
    impl Drop for Mute {
        fn drop(&mut self) {
            Local::with(|local| local.mute_again(self.0));
        }
    }
    let _mute = Mute(Local::with(Local::unmute_all));
    work()
}

/// A value of ours that was made in a quiet section and whose memory is freed in one too.
pub(crate) struct Quiet<T>(Option<T>);

impl<T> Quiet<T> {
    /// Makes the value quietly.
    pub(crate) fn new(make: impl FnOnce() -> T) -> Self {
        Self(Some(quiet(make)))
    }
}

impl<T> Deref for Quiet<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect("taken only when dropped")
    }
}

impl<T> DerefMut for Quiet<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.as_mut().expect("taken only when dropped")
    }
}

impl<T: Clone> Clone for Quiet<T> {
    fn clone(&self) -> Self {
        Self::new(|| (**self).clone())
    }
}

impl<T> Drop for Quiet<T> {
    fn drop(&mut self) {
        quiet(|| drop(self.0.take()));
    }
}

impl<T: fmt::Debug> fmt::Debug for Quiet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
