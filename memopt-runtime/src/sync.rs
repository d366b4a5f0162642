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
