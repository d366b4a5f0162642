//! Collections that can be given room before they are filled.

use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, Hash};

/// A collection that can be started with room for a number of elements.
///
/// It is there for `Vec`, `String`, `VecDeque`, `BinaryHeap`, `HashMap`, `HashSet` and, with the
/// feature `bytes`, `bytes::BytesMut`. Implement it for a collection of your own to use
/// `#[presize]` on it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be pre-sized",
    label = "this collection has no capacity that `#[presize]` knows",
    note = "`#[presize]` knows Vec, String, VecDeque, BinaryHeap, HashMap, HashSet and, with the feature `bytes`, BytesMut; \
            for another collection implement `memopt::remedy::Presizable`"
)]
pub trait Presizable {
    /// Bytes of one element; 0 where they take none.
    const ELEMENT_BYTES: usize;

    /// Elements there are.
    fn length(&self) -> usize;

    /// Elements there is room for.
    fn room(&self) -> usize;

    /// Makes room for `length` elements in all. Called while it is empty.
    fn make_room(&mut self, length: usize);
}

macro_rules! presizable {
    ($([$($generics:tt)*] $collection:ty, $element:ty, $make_room:ident;)*) => {$(
        impl<$($generics)*> Presizable for $collection {
            const ELEMENT_BYTES: usize = size_of::<$element>();

            #[inline]
            fn length(&self) -> usize {
                self.len()
            }

            #[inline]
            fn room(&self) -> usize {
                self.capacity()
            }

            #[inline]
            fn make_room(&mut self, length: usize) {
                self.$make_room(length);
            }
        }
    )*};
}

presizable! {
    [T] Vec<T>, T, reserve_exact;
    [T] VecDeque<T>, T, reserve_exact;
    [T: Ord] BinaryHeap<T>, T, reserve_exact;
    [] String, u8, reserve_exact;
    [K: Eq + Hash, V, S: BuildHasher] HashMap<K, V, S>, (K, V), reserve;
    [T: Eq + Hash, S: BuildHasher] HashSet<T, S>, T, reserve;
}

#[cfg(feature = "bytes")]
presizable! {
    [] bytes::BytesMut, u8, reserve;
}
