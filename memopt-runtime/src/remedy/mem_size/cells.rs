//! Types of std that change what they hold behind a shared reference. No lock is waited for.

use super::{MemSize, Walk};
use std::cell::{Cell, OnceCell, RefCell};
use std::sync::{Mutex, OnceLock, RwLock, TryLockError};

/// What is `Copy` owns nothing.
impl<T: Copy> MemSize for Cell<T> {
    fn walk(&self, _: &mut Walk) {}

    fn is_flat() -> bool {
        true
    }
}

impl<T: MemSize + ?Sized> MemSize for RefCell<T> {
    fn walk(&self, walk: &mut Walk) {
        match self.try_borrow() {
            Ok(value) => value.walk(walk),
            Err(_) => walk.unseen(),
        }
    }
}

macro_rules! lock {
    ($($lock:ident $attempt:ident;)*) => {$(
        impl<T: MemSize + ?Sized> MemSize for $lock<T> {
            fn walk(&self, walk: &mut Walk) {
                match self.$attempt() {
                    Ok(value) => value.walk(walk),
                    Err(TryLockError::Poisoned(value)) => value.into_inner().walk(walk),
                    Err(TryLockError::WouldBlock) => walk.unseen(),
                }
            }
        }
    )*};
}

lock! {
    Mutex try_lock;
    RwLock try_read;
}

macro_rules! once {
    ($($once:ident)*) => {$(
        impl<T: MemSize> MemSize for $once<T> {
            fn walk(&self, walk: &mut Walk) {
                if let Some(value) = self.get() {
                    value.walk(walk);
                }
            }
        }
    )*};
}

once! { OnceCell OnceLock }
