//! State that a forked child does not inherit.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// State behind a lock, made anew in a forked child: a thread that the child does not have may have
/// held the parent's lock, and left what it guards half changed.
pub(crate) struct PerProcess<T: 'static> {
    /// Null before the first use; never freed.
    newest: AtomicPtr<Of<T>>,
    make: fn() -> T,
}

/// The state of one process.
struct Of<T> {
    pid: u32,
    state: Mutex<T>,
    /// The parent's, which is not looked at. Leak checkers find it here.
    #[expect(dead_code, reason = "kept for leak checkers")]
    before: *mut Self,
}

impl<T> PerProcess<T> {
    pub(crate) const fn new(make: fn() -> T) -> Self {
        Self { newest: AtomicPtr::new(ptr::null_mut()), make }
    }

    /// The state of this process. Call it untracked: the first call of a process allocates.
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        let pid = std::process::id();
        loop {
            let there = self.newest.load(Ordering::Acquire);
            // SAFETY: null, or from `Box::into_raw` below and never freed.
            if let Some(of) = unsafe { there.as_ref() }.filter(|of| of.pid == pid) {
                return of.state.lock().unwrap_or_else(PoisonError::into_inner);
            }
            let new = Of { pid, state: Mutex::new((self.make)()), before: there };
            let new = Box::into_raw(Box::new(new));
            // Release pairs with the Acquire above: whoever finds it sees it whole.
            if self
                .newest
                .compare_exchange(there, new, Ordering::AcqRel, Ordering::Relaxed)
                .is_err()
            {
                // SAFETY: just made, and seen by nobody else.
                drop(unsafe { Box::from_raw(new) });
            }
        }
    }
}

// SAFETY: the state is behind a lock; `before` is only kept.
unsafe impl<T: Send> Sync for PerProcess<T> {}

#[cfg(test)]
mod tests {
    use super::PerProcess;

    #[test]
    fn a_process_has_one_state() {
        static STATE: PerProcess<u32> = PerProcess::new(|| 7);
        *STATE.lock() += 1;
        std::thread::spawn(|| *STATE.lock() += 1).join().unwrap();
        assert_eq!(*STATE.lock(), 9);
    }
}
