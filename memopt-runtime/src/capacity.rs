//! Collections that can show how much of their capacity they use.

use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};

/// A collection with capacity: bytes it holds and bytes it uses.
pub trait Capacity {
    /// Bytes of room for elements.
    fn held_bytes(&self) -> usize;
    /// Bytes of elements there are.
    fn used_bytes(&self) -> usize;
}

macro_rules! capacity {
    ($([$($generics:tt)*] $collection:ty, $element:ty;)*) => {$(
        impl<$($generics)*> Capacity for $collection {
            fn held_bytes(&self) -> usize {
                self.capacity() * size_of::<$element>()
            }

            fn used_bytes(&self) -> usize {
                self.len() * size_of::<$element>()
            }
        }
    )*};
}

capacity! {
    [T] Vec<T>, T;
    [T] VecDeque<T>, T;
    [T] BinaryHeap<T>, T;
    [] String, u8;
    [K: Eq + std::hash::Hash, V, S: std::hash::BuildHasher] HashMap<K, V, S>, (K, V);
    [T: Eq + std::hash::Hash, S: std::hash::BuildHasher] HashSet<T, S>, T;
}
