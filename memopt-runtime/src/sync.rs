//! The atomics the lock-free rooms use, so that the model checker can run the same code.

pub(crate) use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering, fence};

/// Lets another thread run while a lock is held.
pub(crate) fn relax() {
    std::thread::yield_now();
}

/// A function that is `const` here; the model checker's atomics are made at run time.
macro_rules! constant {
    ($(#[$meta:meta])* $visible:vis fn $($rest:tt)*) => {
        $(#[$meta])* $visible const fn $($rest)*
    };
}

pub(crate) use constant;

/// A word as its only writer reads it: a load that is not atomic.
///
/// # Safety
///
/// - Only the thread that writes the word may call it.
#[inline(always)]
pub(crate) unsafe fn own(word: &AtomicU64) -> u64 {
    // SAFETY: nobody writes meanwhile, as by the caller's word this thread is the one that does.
    unsafe { *word.as_ptr() }
}
