//! A streamed function's body and its slot, in one heap block, polled until it sends or ends.

use super::end::End;
use super::sender::Sender;
use super::slot::{Slot, Waiting};
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll};

/// The heap block. The future holds a [`Sender`] that points at `slot`.
struct Block<F, T, const N: usize> {
    /// First, so that the body's locals are dropped before items that nobody took.
    future: F,
    slot: Slot<T, N>,
}

/// How far the body is.
enum Phase<O> {
    Running,
    /// It returned, with items still in the slot.
    Returned(O),
    /// Everything was given out, or the body panicked.
    Over,
}

/// Ends the body when it is dropped, which only a panic does. So nothing is written for a body that
/// goes on.
struct OverIfPanicked<'a, O>(&'a mut Phase<O>);

impl<O> Drop for OverIfPanicked<'_, O> {
    fn drop(&mut self) {
        *self.0 = Phase::Over;
    }
}

/// Owns the heap block.
///
/// Invariant: `block` came from a `Box`, is initialised and is owned by this value alone. The
/// future in it is pinned: it is dropped where it lies, by the drop of this value. No `Box` and no
/// reference to the whole block is kept, which would claim the slot for itself.
pub(super) struct Body<T, F: Future, const N: usize> {
    block: NonNull<Block<F, T, N>>,
    phase: Phase<F::Output>,
    /// Out of the block's slot; nothing is put into it while any waits, because the body is not
    /// polled.
    waiting: Waiting,
}

// SAFETY: it owns the future, its output and the items, as a `Box` of them would; the `Sender` in
// the future is only used when it is polled.
unsafe impl<T: Send, F: Future<Output: Send> + Send, const N: usize> Send for Body<T, F, N> {}

// SAFETY: a shared reference reads the counts of the slot, which only polling (`&mut`) changes.
unsafe impl<T: Sync, F: Future<Output: Sync> + Sync, const N: usize> Sync for Body<T, F, N> {}

/// The future is pinned in the heap block, whatever happens to this pointer to it.
impl<T, F: Future, const N: usize> Unpin for Body<T, F, N> {}

impl<T, F: Future, const N: usize> Body<T, F, N> {
    #[inline]
    pub(super) fn new(body: impl FnOnce(Sender<T, N>) -> F) -> Self {
        let block = Box::into_raw(Box::<Block<F, T, N>>::new_uninit()).cast::<Block<F, T, N>>();
        // SAFETY: a fresh allocation of the block's layout; each field is written through a pointer
        // to it, and all of them before the block is used. If `body` panics the block is leaked,
        // uninitialised.
        unsafe {
            let slot = &raw mut (*block).slot;
            Slot::init(slot);
            let future = body(Sender::new(NonNull::new_unchecked(slot)));
            (&raw mut (*block).future).write(future);
            Self {
                block: NonNull::new_unchecked(block),
                phase: Phase::Running,
                waiting: Waiting::NONE,
            }
        }
    }

    #[inline(always)]
    fn slot(&mut self) -> &mut Slot<T, N> {
        // SAFETY: alive and ours alone (invariant); the body, which writes to it too, is not
        // running.
        unsafe { &mut (*self.block.as_ptr()).slot }
    }

    #[inline(always)]
    fn next_waiting(&mut self) -> Option<T> {
        let mut waiting = self.waiting;
        // SAFETY: `waiting` is the slot's, which nothing was put into since (invariant).
        let item = unsafe { self.slot().next(&mut waiting) };
        self.waiting = waiting;
        item
    }
}

impl<T, F: Future<Output: End<T>>, const N: usize> Body<T, F, N> {
    /// The next item; `None` at the end; pending where the body waits for something other than
    /// room.
    ///
    /// PERF: 1.9 ns an item, 30 instructions, over a hand-written iterator that reads the same rows
    /// (`streamed` in `benches/`); 1.7 ns over a loop that only counts, 1.1 with `chunk = 64`
    /// (`--example streamed`).
    #[inline(always)]
    pub(super) fn next(
        &mut self,
        task: &mut Context<'_>,
    ) -> Poll<Option<<F::Output as End<T>>::Item>> {
        // With room for one item it was given out when it was sent.
        if N > 1
            && let Some(item) = self.next_waiting()
        {
            return Poll::Ready(Some(F::Output::item(item)));
        }
        if !matches!(self.phase, Phase::Running) {
            return Poll::Ready(self.behind_the_last());
        }
        let unless_panicked = OverIfPanicked(&mut self.phase);
        // SAFETY: the future is pinned (invariant) and alive; the reference covers only it, not the
        // slot.
        let poll = unsafe { Pin::new_unchecked(&mut (*self.block.as_ptr()).future) }.poll(task);
        mem::forget(unless_panicked);
        let mut waiting = self.slot().hand_over();
        if let Poll::Ready(end) = poll {
            (self.phase, self.waiting) = (Phase::Returned(end), waiting);
            return Poll::Ready(self.behind_the_last());
        }
        // SAFETY: the slot has just handed it over.
        let item = unsafe { self.slot().next(&mut waiting) };
        if N > 1 {
            self.waiting = waiting;
        }
        match item {
            Some(item) => Poll::Ready(Some(F::Output::item(item))),
            None => Poll::Pending,
        }
    }

    #[cold]
    fn behind_the_last(&mut self) -> Option<<F::Output as End<T>>::Item> {
        if let Some(item) = self.next_waiting() {
            return Some(F::Output::item(item));
        }
        match mem::replace(&mut self.phase, Phase::Over) {
            Phase::Returned(end) => end.last(),
            Phase::Running | Phase::Over => None,
        }
    }

    /// What is known of the items to come.
    pub(super) fn size_hint(&self) -> (usize, Option<usize>) {
        let waiting = self.waiting.len();
        match &self.phase {
            Phase::Running => (waiting, None),
            Phase::Returned(end) => (waiting + end.extra(), Some(waiting + end.extra())),
            Phase::Over => (waiting, Some(waiting)),
        }
    }
}

impl<T, F: Future, const N: usize> Drop for Body<T, F, N> {
    fn drop(&mut self) {
        let waiting = self.waiting;
        // SAFETY: what was handed over is the slot's, which nothing was put into since (invariant).
        // The block is from a `Box`, initialised, and not used again. The future is dropped in
        // place, before its memory is freed; its drop sends nothing, so it does not touch the slot
        // that the box claims.
        unsafe {
            self.slot().take_back(waiting);
            drop(Box::from_raw(self.block.as_ptr()));
        }
    }
}
