//! What holds an object while the program uses it.

use super::core::Core;
use super::recycle::Recycle;
use super::slot::Slot;
use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

/// An object out of a pool. Dropping it resets the object and puts it back.
///
/// It derefs to the object, and also writes, extends, compares and iterates like it. It can be held
/// across an `.await` and dropped on any thread.
///
/// # Panics
///
/// Where resetting the object panics, so does dropping the guard; the object is then dropped and
/// not put back.
#[must_use = "dropping it gives the object back at once"]
pub struct PoolGuard<T: Recycle> {
    /// Invariant: a block of `core`'s type that is this guard's alone.
    slot: NonNull<Slot<T>>,
    core: &'static Core,
    owns: PhantomData<T>,
}

// SAFETY: the guard owns the object; what it shares of the pool is made for all threads.
unsafe impl<T: Recycle + Send> Send for PoolGuard<T> {}
// SAFETY: by reference the guard gives nothing but references to the object.
unsafe impl<T: Recycle + Sync> Sync for PoolGuard<T> {}

impl<T: Recycle> PoolGuard<T> {
    /// A guard for an idle object of the pool, if it has one.
    ///
    /// # Safety
    ///
    /// - The objects of `core` are of type `T`.
    #[inline(always)]
    pub(super) unsafe fn idle(core: &'static Core) -> Option<Self> {
        let slot = core.take()?.cast();
        Some(Self { slot, core, owns: PhantomData })
    }

    /// A guard for a new object, reset like those that come back.
    ///
    /// # Safety
    ///
    /// - The objects of `core` are of type `T`.
    pub(super) unsafe fn new(core: &'static Core, mut value: T) -> Self {
        value.recycle();
        core.made();
        Self { slot: Slot::make(value), core, owns: PhantomData }
    }

    /// Takes the object out of the pool for good.
    ///
    /// # Examples
    ///
    /// ```
    /// use memopt::remedy::Pool;
    ///
    /// static LINES: Pool<String> = Pool::new(String::new);
    ///
    /// let mut line = LINES.take();
    /// line.push_str("kept");
    /// let line: String = line.detach();
    /// assert_eq!(line, "kept");
    /// ```
    ///
    /// # Cost
    ///
    /// Moves the object and frees the block it lay in.
    pub fn detach(self) -> T {
        let this = ManuallyDrop::new(self);
        this.core.common.detached();
        // SAFETY: the block is the guard's, which is not dropped.
        unsafe { Slot::unmake(this.slot) }
    }
}

impl<T: Recycle> Deref for PoolGuard<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the object is the guard's, borrowed as the guard is.
        unsafe { Slot::value(self.slot).as_ref() }
    }
}

impl<T: Recycle> DerefMut for PoolGuard<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the object is the guard's, borrowed as the guard is.
        unsafe { Slot::value(self.slot).as_mut() }
    }
}

impl<T: Recycle> Drop for PoolGuard<T> {
    #[inline(always)]
    fn drop(&mut self) {
        /// Destroys the object where the reset does not come to its end.
        struct Broken<'a, T: Recycle>(&'a PoolGuard<T>);
        impl<T: Recycle> Drop for Broken<'_, T> {
            fn drop(&mut self) {
                // SAFETY: the block is the guard's, which ends.
                unsafe { self.0.core.common.release_one(self.0.slot.cast()) };
            }
        }
        let (slot, core) = (self.slot, self.core);
        let broken = Broken(self);
        // SAFETY: the object is the guard's, and nothing else refers to it any more.
        let value = unsafe { Slot::value(slot).as_mut() };
        value.recycle();
        let bytes = size_of::<T>().saturating_add(value.held_bytes());
        std::mem::forget(broken);
        // SAFETY: the block is of the pool's type; the guard held it and ends.
        unsafe { core.give(slot.cast(), bytes) };
    }
}

impl<T: Recycle + fmt::Debug> fmt::Debug for PoolGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
