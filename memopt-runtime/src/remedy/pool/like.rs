//! What lets a guard stand where the object itself would: as a writer, in a loop, beside an
//! operator.
//!
//! Methods and fields are reached through deref; these are for generic code that asks for a trait.

use super::guard::PoolGuard;
use super::recycle::Recycle;
use std::cmp::Ordering;
use std::fmt;
use std::io;

impl<T: Recycle + fmt::Display> fmt::Display for PoolGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Recycle + fmt::Write> fmt::Write for PoolGuard<T> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        (**self).write_str(text)
    }
}

impl<T: Recycle + io::Write> io::Write for PoolGuard<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (**self).write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        (**self).write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        (**self).flush()
    }
}

impl<T: Recycle + Extend<A>, A> Extend<A> for PoolGuard<T> {
    fn extend<I: IntoIterator<Item = A>>(&mut self, items: I) {
        (**self).extend(items);
    }
}

impl<T: Recycle + AsRef<U>, U: ?Sized> AsRef<U> for PoolGuard<T> {
    fn as_ref(&self) -> &U {
        (**self).as_ref()
    }
}

impl<T: Recycle + AsMut<U>, U: ?Sized> AsMut<U> for PoolGuard<T> {
    fn as_mut(&mut self) -> &mut U {
        (**self).as_mut()
    }
}

#[allow(clippy::into_iter_without_iter, reason = "`iter` is the object's own, by deref")]
impl<'a, T: Recycle> IntoIterator for &'a PoolGuard<T>
where
    &'a T: IntoIterator,
{
    type Item = <&'a T as IntoIterator>::Item;
    type IntoIter = <&'a T as IntoIterator>::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        (**self).into_iter()
    }
}

#[allow(clippy::into_iter_without_iter, reason = "`iter` is the object's own, by deref")]
impl<'a, T: Recycle> IntoIterator for &'a mut PoolGuard<T>
where
    &'a mut T: IntoIterator,
{
    type Item = <&'a mut T as IntoIterator>::Item;
    type IntoIter = <&'a mut T as IntoIterator>::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        (**self).into_iter()
    }
}

impl<T: Recycle + PartialEq<U>, U> PartialEq<U> for PoolGuard<T> {
    fn eq(&self, other: &U) -> bool {
        **self == *other
    }
}

impl<T: Recycle + PartialOrd<U>, U> PartialOrd<U> for PoolGuard<T> {
    fn partial_cmp(&self, other: &U) -> Option<Ordering> {
        (**self).partial_cmp(other)
    }
}
