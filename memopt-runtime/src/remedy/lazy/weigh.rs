//! Bytes that a loaded value holds.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, VecDeque};
use std::ffi::OsString;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

/// A value that can tell how many bytes it holds beside its own: blocks it owns, with what they
/// own.
///
/// ```
/// use memopt::remedy::HeldBytes;
///
/// struct Page {
///     text: String,
///     links: Vec<u64>,
/// }
///
/// impl HeldBytes for Page {
///     fn held_bytes(&self) -> usize {
///         self.text.held_bytes() + self.links.held_bytes()
///     }
/// }
///
/// let page = Page { text: "a page".to_owned(), links: vec![1, 2] };
/// assert_eq!(page.held_bytes(), 6 + 16);
/// ```
///
/// # Cost
///
/// Collections of elements that hold nothing are not walked.
#[diagnostic::on_unimplemented(
    message = "nothing tells how many bytes `{Self}` holds",
    label = "its size in bytes is needed",
    note = "give a function with `weigh = path`, or implement `memopt::remedy::HeldBytes` for it"
)]
pub trait HeldBytes {
    /// No value of the type holds anything: there is nothing to walk.
    const NOTHING: bool = false;

    /// Bytes it holds beside its own size.
    fn held_bytes(&self) -> usize;
}

macro_rules! nothing {
    ($($plain:ty),*) => {$(
        impl HeldBytes for $plain {
            const NOTHING: bool = true;

            fn held_bytes(&self) -> usize {
                0
            }
        }
    )*};
}

nothing!(
    (),
    bool,
    char,
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    f32,
    f64,
    &'static str
);
nothing!(std::time::Duration, std::time::Instant, std::time::SystemTime);

fn each<'a, T: HeldBytes + 'a>(values: impl IntoIterator<Item = &'a T>) -> usize {
    if T::NOTHING { 0 } else { values.into_iter().map(T::held_bytes).sum() }
}

macro_rules! by_capacity {
    ($([$($generics:tt)*] $collection:ty, $element:ty, $each:expr;)*) => {$(
        impl<$($generics)*> HeldBytes for $collection {
            fn held_bytes(&self) -> usize {
                let each: fn(&Self) -> usize = $each;
                self.capacity() * size_of::<$element>() + each(self)
            }
        }
    )*};
}

by_capacity! {
    [] String, u8, |_| 0;
    [] OsString, u8, |_| 0;
    [] PathBuf, u8, |_| 0;
    [T: HeldBytes] Vec<T>, T, |all| each(all);
    [T: HeldBytes] VecDeque<T>, T, |all| each(all);
    [T: HeldBytes] BinaryHeap<T>, T, |all| each(all);
    [K: HeldBytes, V: HeldBytes, S] HashMap<K, V, S>, (K, V), |all| each(all.keys()) + each(all.values());
    [T: HeldBytes, S] HashSet<T, S>, T, |all| each(all);
}

impl<K: HeldBytes, V: HeldBytes> HeldBytes for BTreeMap<K, V> {
    /// Its nodes are about three quarters full.
    fn held_bytes(&self) -> usize {
        self.len() * size_of::<(K, V)>() * 4 / 3 + each(self.keys()) + each(self.values())
    }
}

impl<T: HeldBytes> HeldBytes for BTreeSet<T> {
    /// Its nodes are about three quarters full.
    fn held_bytes(&self) -> usize {
        self.len() * size_of::<T>() * 4 / 3 + each(self)
    }
}

impl<T: HeldBytes> HeldBytes for [T] {
    fn held_bytes(&self) -> usize {
        each(self)
    }
}

impl<T: HeldBytes, const N: usize> HeldBytes for [T; N] {
    const NOTHING: bool = T::NOTHING;

    fn held_bytes(&self) -> usize {
        each(self)
    }
}

impl HeldBytes for str {
    fn held_bytes(&self) -> usize {
        0
    }
}

macro_rules! pointers {
    ($($pointer:ident),*) => {$(
        impl<T: HeldBytes + ?Sized> HeldBytes for $pointer<T> {
            fn held_bytes(&self) -> usize {
                size_of_val::<T>(self) + T::held_bytes(self)
            }
        }
    )*};
}

// What is shared counts whole: it is held.
pointers!(Box, Arc, Rc);

impl<T: HeldBytes> HeldBytes for Option<T> {
    const NOTHING: bool = T::NOTHING;

    fn held_bytes(&self) -> usize {
        self.as_ref().map_or(0, T::held_bytes)
    }
}

macro_rules! tuples {
    ($(($($name:ident)*))*) => {$(
        impl<$($name: HeldBytes),*> HeldBytes for ($($name,)*) {
            const NOTHING: bool = $($name::NOTHING)&&*;

            fn held_bytes(&self) -> usize {
                #[allow(non_snake_case)]
                let ($($name,)*) = self;
                0 $(+ $name.held_bytes())*
            }
        }
    )*};
}

tuples! { (A) (A B) (A B C) (A B C D) }

/// A value's bytes: its own and what it holds.
#[doc(hidden)]
pub fn weigh_held<V: HeldBytes>(value: &V) -> usize {
    size_of::<V>() + value.held_bytes()
}

/// Weighs with [`HeldBytes`] where the type has it, else by its own size: an inherent constant goes
/// before one of a trait.
#[doc(hidden)]
#[derive(Debug)]
pub struct Weigher<V>(PhantomData<fn(&V)>);

impl<V: HeldBytes> Weigher<V> {
    #[doc(hidden)]
    pub const WEIGH: fn(&V) -> usize = weigh_held::<V>;
}

/// See [`Weigher`].
#[doc(hidden)]
pub trait Shallow<V> {
    #[doc(hidden)]
    const WEIGH: fn(&V) -> usize;
}

impl<V> Shallow<V> for Weigher<V> {
    const WEIGH: fn(&V) -> usize = |_| size_of::<V>();
}

#[cfg(test)]
mod tests {
    use super::{HeldBytes, Shallow as _, Weigher};
    use std::sync::Arc;

    struct Unknown([u8; 3]);

    #[test]
    fn blocks_and_what_they_hold() {
        assert_eq!(7u8.held_bytes(), 0);
        assert_eq!(String::with_capacity(10).held_bytes(), 10);
        assert_eq!(vec![String::from("abc"), String::new()].held_bytes(), 2 * 24 + 3);
        assert_eq!(Some(Box::new(5u64)).held_bytes(), 8);
        assert_eq!(Arc::<[u16]>::from([1, 2, 3]).held_bytes(), 6);
        assert_eq!(Box::<str>::from("abcd").held_bytes(), 4);
        assert_eq!((String::from("ab"), [vec![1u8; 3], vec![]]).held_bytes(), 5);
    }

    #[test]
    fn types_that_do_not_tell_count_by_their_size() {
        assert_eq!(Weigher::<Unknown>::WEIGH(&Unknown([0; 3])), Unknown([0; 3]).0.len());
        assert_eq!(Weigher::<Vec<u8>>::WEIGH(&vec![0; 5]), 24 + 5);
    }
}
