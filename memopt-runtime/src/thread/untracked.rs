//! Work of our own that must not show in the figures of the observed program.

use super::state::ThreadState;
use std::fmt;
use std::ops::{Deref, DerefMut};

/// Runs `work` without counting what it allocates or frees on this thread.
pub(crate) fn untracked<T>(work: impl FnOnce() -> T) -> T {
    struct Unmute;
    impl Drop for Unmute {
        fn drop(&mut self) {
            ThreadState::with(ThreadState::unmute);
        }
    }
    ThreadState::with(ThreadState::mute);
    let _unmute = Unmute;
    work()
}

/// Runs `work`, which opens or closes scopes of the observed program, as if no untracked section
/// were open around it.
#[cfg(feature = "tracing")]
pub(crate) fn resume_tracking<T>(work: impl FnOnce() -> T) -> T {
    struct Mute(u32);
    impl Drop for Mute {
        fn drop(&mut self) {
            ThreadState::with(|thread| thread.mute_again(self.0));
        }
    }
    let _mute = Mute(ThreadState::with(ThreadState::unmute_all));
    work()
}

/// A value of ours that was made in a untracked section and whose memory is freed in one too.
pub(crate) struct Untracked<T>(Option<T>);

impl<T> Untracked<T> {
    /// Makes the value untracked.
    pub(crate) fn new(make: impl FnOnce() -> T) -> Self {
        Self(Some(untracked(make)))
    }
}

impl<T> Deref for Untracked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect("taken only when dropped")
    }
}

impl<T> DerefMut for Untracked<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.as_mut().expect("taken only when dropped")
    }
}

impl<T: Clone> Clone for Untracked<T> {
    fn clone(&self) -> Self {
        Self::new(|| (**self).clone())
    }
}

impl<T> Drop for Untracked<T> {
    fn drop(&mut self) {
        untracked(|| drop(self.0.take()));
    }
}

impl<T: fmt::Debug> fmt::Debug for Untracked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
