//! The collections and strings of the standard library: emptied, capacity kept where they have one.

use super::Recycle;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::ffi::OsString;
use std::path::PathBuf;

/// `clear`, and what a capacity of one takes.
macro_rules! cleared {
    ($([$($generics:tt)*] $type:ty, $unit:expr;)*) => {$(
        impl<$($generics)*> Recycle for $type {
            #[inline]
            fn recycle(&mut self) {
                self.clear();
            }

            #[inline]
            fn held_bytes(&self) -> usize {
                self.capacity().saturating_mul($unit)
            }
        }
    )*};
}

cleared! {
    [T] Vec<T>, size_of::<T>();
    [T] VecDeque<T>, size_of::<T>();
    [T] BinaryHeap<T>, size_of::<T>();
    [] String, 1;
    [] OsString, 1;
    // A table has a control byte for each place, and 8 places for 7 entries.
    [K, V, S] HashMap<K, V, S>, (size_of::<(K, V)>() + 1) * 8 / 7;
    [T, S] HashSet<T, S>, (size_of::<T>() + 1) * 8 / 7;
}

/// `clear`, which frees everything.
macro_rules! emptied {
    ($([$($generics:tt)*] $type:ty;)*) => {$(
        impl<$($generics)*> Recycle for $type {
            #[inline]
            fn recycle(&mut self) {
                self.clear();
            }
        }
    )*};
}

emptied! {
    [K, V] BTreeMap<K, V>;
    [T] BTreeSet<T>;
    [T] LinkedList<T>;
}

impl Recycle for PathBuf {
    #[inline]
    fn recycle(&mut self) {
        self.as_mut_os_string().clear();
    }

    #[inline]
    fn held_bytes(&self) -> usize {
        self.capacity()
    }
}
