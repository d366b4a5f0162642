//! What a streamed body sees in place of its output vector.

use super::slot::Slot;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll};

/// Puts items into the slot of the body it was given to.
///
/// For the code that `#[memopt::streamed]` writes, which keeps it inside the body: it is a pointer
/// into the block that holds the body, and must not outlive it.
pub struct Sender<T, const N: usize> {
    slot: NonNull<Slot<T, N>>,
    /// It brings items in.
    items: PhantomData<T>,
}

impl<T, const N: usize> Clone for Sender<T, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, const N: usize> Copy for Sender<T, N> {}

// SAFETY: it gives access to items only, and goes where the body goes, which the iterator sends
// along with the slot.
unsafe impl<T: Send, const N: usize> Send for Sender<T, N> {}

// SAFETY: nothing can be done with a shared `Sender` but copy it; a body runs on one thread at a
// time.
unsafe impl<T: Send, const N: usize> Sync for Sender<T, N> {}

impl<T, const N: usize> Sender<T, N> {
    pub(super) fn new(slot: NonNull<Slot<T, N>>) -> Self {
        Self { slot, items: PhantomData }
    }

    #[inline(always)]
    fn slot(&mut self) -> &mut Slot<T, N> {
        // SAFETY: the body is running, so the block it lies in is alive, and the iterator, which
        // polls it, holds no reference to the slot meanwhile. The reference ends before the body
        // stops.
        unsafe { self.slot.as_mut() }
    }

    /// `Vec::push`. [`room`](Self::room) must be awaited behind it.
    #[inline(always)]
    pub fn push(mut self, item: T) {
        self.slot().put(item);
    }

    /// Waits until the slot has room. `sent` is the statement that sent the item: its temporaries
    /// are gone before the body stops.
    #[inline(always)]
    pub fn room(self, _sent: ()) -> Room<T, N> {
        Room(self)
    }

    /// `Vec::extend`.
    #[inline]
    pub fn extend<I>(self, items: I) -> Extend<I::IntoIter, T, N>
    where
        I: IntoIterator<Item: Feed<T>>,
    {
        Extend { sender: self, items: items.into_iter() }
    }

    /// `Vec::append`.
    #[inline]
    pub fn append(self, items: &mut Vec<T>) -> Extend<std::vec::Drain<'_, T>, T, N> {
        Extend { sender: self, items: items.drain(..) }
    }

    /// `Vec::extend_from_slice`.
    #[inline]
    pub fn extend_from_slice(
        self,
        items: &[T],
    ) -> Extend<std::iter::Cloned<std::slice::Iter<'_, T>>, T, N>
    where
        T: Clone,
    {
        Extend { sender: self, items: items.iter().cloned() }
    }
}

impl<T, const N: usize> std::fmt::Debug for Sender<T, N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

/// The argument of `Vec::with_capacity` or `Vec::reserve`: worked out as before, and not needed.
#[inline(always)]
pub const fn capacity(_items: usize) {}

/// What `Vec::extend` takes: items, or references to items that are copied.
pub trait Feed<T> {
    /// The item.
    fn feed(self) -> T;
}

impl<T> Feed<T> for T {
    #[inline(always)]
    fn feed(self) -> T {
        self
    }
}

impl<T: Copy> Feed<T> for &T {
    #[inline(always)]
    fn feed(self) -> T {
        *self
    }
}

/// Stops the body while the slot is full.
#[derive(Debug)]
#[must_use = "the body stops where this is awaited"]
pub struct Room<T, const N: usize>(Sender<T, N>);

impl<T, const N: usize> Future for Room<T, N> {
    type Output = ();

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let mut sender = self.0;
        if sender.slot().is_full() { Poll::Pending } else { Poll::Ready(()) }
    }
}

/// Sends what an iterator gives; stops the body whenever the slot is full.
#[derive(Debug)]
#[must_use = "nothing is sent until this is awaited"]
pub struct Extend<I, T, const N: usize> {
    sender: Sender<T, N>,
    items: I,
}

/// The iterator is never pinned.
impl<I, T, const N: usize> Unpin for Extend<I, T, N> {}

impl<I: Iterator<Item: Feed<T>>, T, const N: usize> Future for Extend<I, T, N> {
    type Output = ();

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        loop {
            if this.sender.slot().is_full() {
                return Poll::Pending;
            }
            let Some(item) = this.items.next() else { return Poll::Ready(()) };
            this.sender.push(item.feed());
        }
    }
}
