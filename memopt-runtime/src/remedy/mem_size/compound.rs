//! Types of std that hold others in place.

use super::{Growth, MemSize, Walk};
use std::borrow::Cow;
use std::cmp::Reverse;
use std::num::{Saturating, Wrapping};
use std::ops::{Bound, ControlFlow, Range, RangeFrom, RangeInclusive, RangeTo, RangeToInclusive};

/// Walks each value, if there can be anything to find.
pub(super) fn elements<'a, T: MemSize + 'a>(
    values: impl IntoIterator<Item = &'a T>,
    walk: &mut Walk,
) {
    if !T::is_flat() {
        values.into_iter().for_each(|value| value.walk(walk));
    }
}

impl<T: MemSize> MemSize for [T] {
    fn walk(&self, walk: &mut Walk) {
        elements(self, walk);
    }
}

impl<T: MemSize, const N: usize> MemSize for [T; N] {
    fn walk(&self, walk: &mut Walk) {
        elements(self, walk);
    }

    fn is_flat() -> bool {
        T::is_flat()
    }
}

impl<T: MemSize> MemSize for Option<T> {
    fn walk(&self, walk: &mut Walk) {
        elements(self, walk);
    }

    fn is_flat() -> bool {
        T::is_flat()
    }

    fn growth() -> Option<Growth> {
        T::growth()
    }
}

impl<T: MemSize, E: MemSize> MemSize for Result<T, E> {
    fn walk(&self, walk: &mut Walk) {
        match self {
            Ok(value) => value.walk(walk),
            Err(error) => error.walk(walk),
        }
    }

    fn is_flat() -> bool {
        T::is_flat() && E::is_flat()
    }
}

impl<B: MemSize, C: MemSize> MemSize for ControlFlow<B, C> {
    fn walk(&self, walk: &mut Walk) {
        match self {
            Self::Break(value) => value.walk(walk),
            Self::Continue(value) => value.walk(walk),
        }
    }

    fn is_flat() -> bool {
        B::is_flat() && C::is_flat()
    }
}

impl<T: MemSize> MemSize for Bound<T> {
    fn walk(&self, walk: &mut Walk) {
        match self {
            Self::Included(value) | Self::Excluded(value) => value.walk(walk),
            Self::Unbounded => {}
        }
    }

    fn is_flat() -> bool {
        T::is_flat()
    }
}

impl<B: ToOwned<Owned: MemSize> + ?Sized> MemSize for Cow<'_, B> {
    fn walk(&self, walk: &mut Walk) {
        if let Self::Owned(value) = self {
            value.walk(walk);
        }
    }

    fn is_flat() -> bool {
        B::Owned::is_flat()
    }
}

macro_rules! range {
    ($($type:ident $($part:ident)+;)*) => {$(
        impl<T: MemSize> MemSize for $type<T> {
            fn walk(&self, walk: &mut Walk) {
                $(self.$part.walk(walk);)+
            }

            fn is_flat() -> bool {
                T::is_flat()
            }
        }
    )*};
}

range! {
    Range start end;
    RangeFrom start;
    RangeTo end;
    RangeToInclusive end;
}

impl<T: MemSize> MemSize for RangeInclusive<T> {
    fn walk(&self, walk: &mut Walk) {
        self.start().walk(walk);
        self.end().walk(walk);
    }

    fn is_flat() -> bool {
        T::is_flat()
    }
}

macro_rules! newtype {
    ($($type:ident)*) => {$(
        impl<T: MemSize> MemSize for $type<T> {
            fn walk(&self, walk: &mut Walk) {
                self.0.walk(walk);
            }

            fn is_flat() -> bool {
                T::is_flat()
            }
        }
    )*};
}

newtype! { Reverse Wrapping Saturating }

macro_rules! tuple {
    ($($name:ident $index:tt)+) => {
        impl<$($name: MemSize),+> MemSize for ($($name,)+) {
            fn walk(&self, walk: &mut Walk) {
                walk.padding(size_of::<Self>() - (0 $(+ size_of::<$name>())+));
                $(self.$index.walk(walk);)+
            }

            /// One with padding is looked at for that.
            fn is_flat() -> bool {
                $($name::is_flat() &&)+ size_of::<Self>() == 0 $(+ size_of::<$name>())+
            }
        }
    };
}

tuple! { A 0 }
tuple! { A 0 B 1 }
tuple! { A 0 B 1 C 2 }
tuple! { A 0 B 1 C 2 D 3 }
tuple! { A 0 B 1 C 2 D 3 E 4 }
tuple! { A 0 B 1 C 2 D 3 E 4 F 5 }
tuple! { A 0 B 1 C 2 D 3 E 4 F 5 G 6 }
tuple! { A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 }
tuple! { A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 }
tuple! { A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 }
tuple! { A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 }
tuple! { A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 }
