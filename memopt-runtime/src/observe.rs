//! Collections that show how much of what they hold they use.

use crate::alloc::local::Local;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};

/// A collection with capacity: bytes it holds and bytes it uses.
pub trait Capacity {
    /// Bytes of room for elements.
    fn held_bytes(&self) -> usize;
    /// Bytes of elements there are.
    fn used_bytes(&self) -> usize;
}

/// Tells the innermost open scope how much of a collection's capacity is used, so that a report can say where
/// memory is held above need. Call it where a collection has its final size, before it is kept.
///
/// ```
/// let mut names = Vec::with_capacity(1000);
/// names.push(1u64);
/// memopt_runtime::observe(&names);
/// ```
///
/// # Cost
///
/// Some nanoseconds; outside every scope it does nothing.
pub fn observe<C: Capacity + ?Sized>(collection: &C) {
    let (held, used) = (collection.held_bytes() as u64, collection.used_bytes() as u64);
    Local::with(|local| {
        if let Some(record) = crate::record::current_record(local) {
            record.observe(held, used);
        }
    });
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
