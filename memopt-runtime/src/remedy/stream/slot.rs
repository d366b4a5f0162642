//! Where items wait between the body that makes them and the iterator that gives them out.

use std::mem::{self, MaybeUninit};
use std::ptr;

/// Room for `N` items, filled from the front and handed over whole.
///
/// Invariant: `items[taken..filled]` are initialised and the slot's, and no others; `taken <=
/// filled <= N`. While the body runs `taken` is 0.
pub(super) struct Slot<T, const N: usize> {
    filled: usize,
    taken: usize,
    items: [MaybeUninit<T>; N],
}

/// Items that a slot handed over and that were not given out yet: those in `taken..filled`.
#[derive(Clone, Copy)]
pub(super) struct Waiting {
    taken: usize,
    filled: usize,
}

impl Waiting {
    pub(super) const NONE: Self = Self { taken: 0, filled: 0 };

    pub(super) fn len(self) -> usize {
        self.filled - self.taken
    }
}

impl<T, const N: usize> Slot<T, N> {
    /// Makes the slot at `place` empty. Not by value: a large slot must not pass over the stack.
    ///
    /// # Safety
    ///
    /// - `place` is valid for writes and aligned.
    pub(super) unsafe fn init(place: *mut Self) {
        const { assert!(N > 0, "a slot holds at least one item") };
        // SAFETY: as the caller promises; the items need no initialising.
        unsafe {
            (&raw mut (*place).filled).write(0);
            (&raw mut (*place).taken).write(0);
        }
    }

    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.filled == N
    }

    /// The body waits for room behind each item, which the attribute sees to. Without that the only
    /// item of a slot for one is lost, and a larger slot panics.
    #[inline(always)]
    pub(super) fn put(&mut self, item: T) {
        if N == 1 {
            // Nothing is read, because it is known to be empty.
            self.items[0].write(item);
            self.filled = 1;
        } else {
            self.items[self.filled].write(item);
            self.filled += 1;
        }
    }

    /// Hands over what is in it and is empty.
    #[inline(always)]
    pub(super) fn hand_over(&mut self) -> Waiting {
        Waiting { taken: 0, filled: mem::take(&mut self.filled) }
    }

    /// Takes back what was handed over and not given out, to drop it.
    ///
    /// # Safety
    ///
    /// - `waiting` is this slot's, and nothing was put into it since.
    pub(super) unsafe fn take_back(&mut self, waiting: Waiting) {
        (self.taken, self.filled) = (waiting.taken, waiting.filled);
    }

    /// The next item of those that were handed over.
    ///
    /// # Safety
    ///
    /// - `waiting` is this slot's, and nothing was put into it since.
    #[inline(always)]
    pub(super) unsafe fn next(&self, waiting: &mut Waiting) -> Option<T> {
        if waiting.taken == waiting.filled {
            return None;
        }
        // SAFETY: initialised, because it was handed over; it leaves the range before anything else
        // can happen.
        let item = unsafe { read_by_words(self.items.as_ptr().add(waiting.taken).cast::<T>()) };
        waiting.taken += 1;
        Some(item)
    }
}

/// Reads a value in words.
///
/// PERF: the body wrote the item member by member a moment ago, and a load wider than those stores
/// has to wait until they have left the processor's store buffer: 14 ns instead of 19 for a row of
/// two numbers parsed from text. Volatile, or the compiler makes one wide load of it.
///
/// # Safety
///
/// - As [`std::ptr::read`].
#[inline(always)]
unsafe fn read_by_words<T>(from: *const T) -> T {
    if align_of::<T>() != align_of::<usize>() || size_of::<T>() > size_of::<[usize; 8]>() {
        // SAFETY: the caller's.
        return unsafe { from.read() };
    }
    let mut value = MaybeUninit::<T>::uninit();
    let (words, to) =
        (from.cast::<MaybeUninit<usize>>(), value.as_mut_ptr().cast::<MaybeUninit<usize>>());
    for word in 0..size_of::<T>() / size_of::<usize>() {
        // SAFETY: within the value, which is aligned like a word and a whole number of them long.
        // Words that may be uninitialised carry padding and pointers as they are.
        unsafe { to.add(word).write(words.add(word).read_volatile()) };
    }
    // SAFETY: every byte is that of the caller's value.
    unsafe { value.assume_init() }
}

impl<T, const N: usize> Drop for Slot<T, N> {
    fn drop(&mut self) {
        // SAFETY: initialised by the invariant, and not used again.
        unsafe {
            (ptr::from_mut(&mut self.items[self.taken..self.filled]) as *mut [T]).drop_in_place();
        }
    }
}
