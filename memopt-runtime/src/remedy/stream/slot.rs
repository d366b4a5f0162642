//! Where items wait between the body that makes them and the iterator that gives them out.

use std::mem::MaybeUninit;

/// Room for `N` items, filled from the front and emptied before it is filled again.
///
/// Invariant: `items[taken..filled]` are initialised, and no others; `taken <= filled <= N`.
pub(super) struct Slot<T, const N: usize> {
    filled: usize,
    taken: usize,
    items: [MaybeUninit<T>; N],
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

    /// The items that wait.
    pub(super) fn len(&self) -> usize {
        self.filled - self.taken
    }

    /// # Panics
    ///
    /// Panics where the slot is full: the body did not wait for room, which the attribute always does.
    #[inline(always)]
    pub(super) fn put(&mut self, item: T) {
        assert!(self.filled < N, "an item was sent before there was room for it");
        self.items[self.filled].write(item);
        self.filled += 1;
    }

    #[inline(always)]
    pub(super) fn take(&mut self) -> Option<T> {
        if self.taken == self.filled {
            return None;
        }
        // SAFETY: initialised by the invariant; it leaves the range before anything else can happen.
        let item = unsafe { read_by_words(self.items[self.taken].as_ptr()) };
        self.taken += 1;
        if N == 1 || self.taken == self.filled {
            (self.taken, self.filled) = (0, 0);
        }
        Some(item)
    }
}

/// Reads a value in words.
///
/// PERF: the body wrote the item member by member a moment ago, and a load wider than those stores has to wait until they have left the
/// processor's store buffer: 14 ns instead of 19 for a row of two numbers parsed from text. Volatile, or the compiler makes one wide load of it.
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
    let (words, to) = (from.cast::<MaybeUninit<usize>>(), value.as_mut_ptr().cast::<MaybeUninit<usize>>());
    for word in 0..size_of::<T>() / size_of::<usize>() {
        // SAFETY: within the value, which is aligned like a word and a whole number of them long. Words that may be uninitialised carry
        // padding and pointers as they are.
        unsafe { to.add(word).write(words.add(word).read_volatile()) };
    }
    // SAFETY: every byte is that of the caller's value.
    unsafe { value.assume_init() }
}

impl<T, const N: usize> Drop for Slot<T, N> {
    fn drop(&mut self) {
        while let Some(item) = self.take() {
            drop(item);
        }
    }
}
