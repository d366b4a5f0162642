//! Plain values and what is made of parts.

use super::Recycle;

macro_rules! plain {
    ($($value:expr => $($type:ty)*;)*) => {$($(
        impl Recycle for $type {
            #[inline]
            fn recycle(&mut self) {
                *self = $value;
            }
        }
    )*)*};
}

plain! {
    0 => u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize;
    0.0 => f32 f64;
    false => bool;
    '\0' => char;
}

/// Becomes `None`, its initial value; what was inside is dropped.
impl<T> Recycle for Option<T> {
    #[inline]
    fn recycle(&mut self) {
        *self = None;
    }
}

impl<T: Recycle + ?Sized> Recycle for Box<T> {
    #[inline]
    fn recycle(&mut self) {
        (**self).recycle();
    }

    #[inline]
    fn held_bytes(&self) -> usize {
        size_of_val::<T>(self).saturating_add((**self).held_bytes())
    }
}

/// Becomes empty, its initial value: a text of fixed length has no room to keep. (`str` itself
/// cannot be reset in place, so this is no case of the above.)
impl Recycle for Box<str> {
    #[inline]
    fn recycle(&mut self) {
        *self = Self::default();
    }

    #[inline]
    fn held_bytes(&self) -> usize {
        self.len()
    }
}

impl<T: Recycle> Recycle for [T] {
    #[inline]
    fn recycle(&mut self) {
        self.iter_mut().for_each(T::recycle);
    }

    #[inline]
    fn held_bytes(&self) -> usize {
        self.iter().map(T::held_bytes).fold(0, usize::saturating_add)
    }
}

impl<T: Recycle, const N: usize> Recycle for [T; N] {
    #[inline]
    fn recycle(&mut self) {
        self.as_mut_slice().recycle();
    }

    #[inline]
    fn held_bytes(&self) -> usize {
        self.as_slice().held_bytes()
    }
}

macro_rules! tuple {
    ($($part:ident)*) => {
        impl<$($part: Recycle),*> Recycle for ($($part,)*) {
            #[inline]
            fn recycle(&mut self) {
                #[allow(non_snake_case, reason = "parts are named by their types")]
                let ($($part,)*) = self;
                $($part.recycle();)*
            }

            #[inline]
            fn held_bytes(&self) -> usize {
                #[allow(non_snake_case, reason = "parts are named by their types")]
                let ($($part,)*) = self;
                0usize $(.saturating_add($part.held_bytes()))*
            }
        }
    };
}

impl Recycle for () {
    fn recycle(&mut self) {}
}

tuple!(A);
tuple!(A B);
tuple!(A B C);
tuple!(A B C D);
tuple!(A B C D E);
tuple!(A B C D E F);
tuple!(A B C D E F G);
tuple!(A B C D E F G H);

#[cfg(test)]
mod tests {
    use super::Recycle;
    use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
    use std::ffi::OsString;
    use std::path::PathBuf;

    /// Resets it, expects the initial value, and says what it holds.
    fn reset<T: Recycle + Default + PartialEq + std::fmt::Debug>(mut value: T) -> usize {
        value.recycle();
        assert_eq!(value, T::default());
        value.held_bytes()
    }

    #[test]
    fn capacity_stays_where_there_is_one() {
        let mut bytes = Vec::with_capacity(100);
        bytes.push(1u32);
        assert_eq!(reset(bytes), 400);
        let mut text = String::with_capacity(50);
        text.push('x');
        assert_eq!(reset(text.clone()), text.clone().capacity().min(1));
        assert_eq!(reset(PathBuf::from(OsString::with_capacity(30))), 30);
        assert_eq!(reset(OsString::with_capacity(30)), 30);
        assert_eq!(reset(VecDeque::<u16>::with_capacity(8)), 16);
        let mut heap = BinaryHeap::<u64>::with_capacity(4);
        heap.push(1);
        heap.recycle();
        assert_eq!((heap.len(), heap.held_bytes()), (0, 32));
        let map = HashMap::from([(1u64, 2u64); 1]);
        let capacity = map.capacity();
        assert_eq!(reset(map), capacity * (17 * 8 / 7));
        assert_eq!(reset(HashSet::<u8>::new()), 0);
    }

    #[test]
    fn what_has_no_capacity_is_empty() {
        assert_eq!(reset(BTreeMap::from([(1, 2)])), 0);
        assert_eq!(reset(LinkedList::from([1])), 0);
        assert_eq!(reset(Some(vec![1])), 0);
        assert_eq!(reset(Box::<str>::from("text")), 0);
        assert_eq!(Box::<str>::from("text").held_bytes(), 4);
        assert_eq!(
            (reset(7u8), reset(7i64), reset(0.5f32), reset(true), reset('x'), reset(())),
            (0, 0, 0, 0, 0, 0)
        );
    }

    #[test]
    fn parts_are_reset_each() {
        let text = || String::from("four");
        assert_eq!(reset([text(), text()]), 8);
        assert_eq!(reset((text(), 1, Some(text()))), 4);
        assert_eq!(reset((1, 2, 3, 4, 5, 6, 7, text())), 4);
        let kept: *const String = &raw const *Box::new(text());
        assert!(!kept.is_null());
        let mut boxed = Box::new(text());
        let place = &raw const *boxed;
        boxed.recycle();
        assert_eq!((&raw const *boxed, boxed.held_bytes()), (place, size_of::<String>() + 4));
        let mut slice: Box<[u16]> = Box::new([1, 2, 3]);
        slice.recycle();
        assert_eq!((&*slice, slice.held_bytes()), ([0, 0, 0].as_slice(), 6));
    }
}
