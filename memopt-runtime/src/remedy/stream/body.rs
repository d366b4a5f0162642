//! A streamed function's body and its slot, in one heap block, polled until it sends or ends.

use super::end::End;
use super::sender::Sender;
use super::slot::Slot;
use std::future::Future;
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

/// Owns the heap block.
///
/// Invariant: `block` came from a `Box`, is initialised and is owned by this value alone. The future in it is pinned: it is dropped where it
/// lies, by the drop of this value. No `Box` and no reference to the whole block is kept, which would claim the slot for itself.
pub(super) struct Body<T, F: Future, const N: usize> {
    block: NonNull<Block<F, T, N>>,
    phase: Phase<F::Output>,
}

// SAFETY: it owns the future, its output and the items, as a `Box` of them would; the `Sender` in the future is only used when it is polled.
unsafe impl<T: Send, F: Future<Output: Send> + Send, const N: usize> Send for Body<T, F, N> {}

// SAFETY: a shared reference reads the counts of the slot, which only polling (`&mut`) changes.
unsafe impl<T: Sync, F: Future<Output: Sync> + Sync, const N: usize> Sync for Body<T, F, N> {}

/// The future is pinned in the heap block, whatever happens to this pointer to it.
impl<T, F: Future, const N: usize> Unpin for Body<T, F, N> {}

impl<T, F: Future, const N: usize> Body<T, F, N> {
    #[inline]
    pub(super) fn new(body: impl FnOnce(Sender<T, N>) -> F) -> Self {
        let block = Box::into_raw(Box::<Block<F, T, N>>::new_uninit()).cast::<Block<F, T, N>>();
        // SAFETY: a fresh allocation of the block's layout; each field is written through a pointer to it, and all of them before the
        // block is used. If `body` panics the block is leaked, uninitialised.
        unsafe {
            let slot = &raw mut (*block).slot;
            Slot::init(slot);
            let future = body(Sender::new(NonNull::new_unchecked(slot)));
            (&raw mut (*block).future).write(future);
            Self { block: NonNull::new_unchecked(block), phase: Phase::Running }
        }
    }

    #[inline(always)]
    fn slot(&mut self) -> &mut Slot<T, N> {
        // SAFETY: alive and ours alone (invariant); the body, which writes to it too, is not running.
        unsafe { &mut (*self.block.as_ptr()).slot }
    }

    /// Items that wait to be given out.
    fn waiting(&self) -> usize {
        // SAFETY: as in `slot`.
        let slot = unsafe { &(*self.block.as_ptr()).slot };
        slot.len()
    }
}

impl<T, F: Future<Output: End<T>>, const N: usize> Body<T, F, N> {
    /// The next item; `None` at the end; pending where the body waits for something other than room.
    ///
    /// The first take is for `chunk = n`: with room for one item the slot is always empty here.
    ///
    /// PERF: 3.1 ns an item over a loop that only counts, 2.3 ns with `chunk = 64` (`--example streamed`).
    #[inline(always)]
    pub(super) fn next(&mut self, task: &mut Context<'_>) -> Poll<Option<<F::Output as End<T>>::Item>> {
        if (N > 1 || !matches!(self.phase, Phase::Running))
            && let Some(item) = self.slot().take()
        {
            return Poll::Ready(Some(F::Output::item(item)));
        }
        match self.phase {
            Phase::Running => {}
            _ => return Poll::Ready(self.behind_the_last()),
        }
        // If the body panics, this is how it stays.
        self.phase = Phase::Over;
        // SAFETY: the future is pinned (invariant) and alive; the reference covers only it, not the slot.
        let poll = unsafe { Pin::new_unchecked(&mut (*self.block.as_ptr()).future) }.poll(task);
        match poll {
            Poll::Pending => {
                self.phase = Phase::Running;
                match self.slot().take() {
                    Some(item) => Poll::Ready(Some(F::Output::item(item))),
                    None => Poll::Pending,
                }
            }
            Poll::Ready(end) => match self.slot().take() {
                Some(item) => {
                    self.phase = Phase::Returned(end);
                    Poll::Ready(Some(F::Output::item(item)))
                }
                None => Poll::Ready(end.last()),
            },
        }
    }

    #[cold]
    fn behind_the_last(&mut self) -> Option<<F::Output as End<T>>::Item> {
        match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Returned(end) => end.last(),
            Phase::Running | Phase::Over => None,
        }
    }

    /// What is known of the items to come.
    pub(super) fn size_hint(&self) -> (usize, Option<usize>) {
        let waiting = self.waiting();
        match &self.phase {
            Phase::Running => (waiting, None),
            Phase::Returned(end) => (waiting + end.extra(), Some(waiting + end.extra())),
            Phase::Over => (waiting, Some(waiting)),
        }
    }
}

impl<T, F: Future, const N: usize> Drop for Body<T, F, N> {
    fn drop(&mut self) {
        // SAFETY: from a `Box`, initialised, and not used again (invariant). The future is dropped in place, before its memory is freed;
        // its drop sends nothing, so it does not touch the slot that the box claims.
        drop(unsafe { Box::from_raw(self.block.as_ptr()) });
    }
}
