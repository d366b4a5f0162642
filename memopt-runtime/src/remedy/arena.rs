//! An explicit arena: many blocks, one address after the other, all given back at once.
//!
//! The bumping is `bumpalo`'s. Every method is one inlined call to it: what an arena costs is what
//! `bumpalo` costs.

use allocator_api2::alloc::{AllocError, Allocator};
use bumpalo::Bump;
use core::alloc::Layout;
use core::fmt;
use core::ptr::NonNull;

/// A vector whose block lies in an arena: `ArenaVec::new_in(&arena)`. It drops its values.
///
/// Not called `Vec`: a second one in sight would make rustc write `std::vec::Vec` in all its
/// messages.
pub type ArenaVec<'a, T> = allocator_api2::vec::Vec<T, &'a Arena>;

/// One value in an arena, dropped with the box: `ArenaBox::new_in(value, &arena)`.
pub type ArenaBox<'a, T> = allocator_api2::boxed::Box<T, &'a Arena>;

/// Memory for many values that end together.
///
/// A value takes its bytes off a chunk. All values are given back together, by
/// [`reset`](Self::reset) or when the arena is dropped. `&Arena` is an `Allocator` of
/// `allocator-api2` 0.2, so it also serves [`ArenaVec`], [`ArenaBox`] and every collection that
/// takes such an allocator, `hashbrown`'s maps among them.
///
/// # Destructors do not run
///
/// Values that [`alloc`](Self::alloc) and the like place here are never dropped: a `String` in the
/// arena leaks its own block. Put values without destructors in it (numbers,
/// [`alloc_str`](Self::alloc_str), [slices](Self::alloc_slice_copy)), or hold the value in an
/// [`ArenaBox`] or [`ArenaVec`], which drop what they own.
///
/// # Examples
///
/// ```
/// use memopt::remedy::Arena;
/// use memopt::remedy::arena::{ArenaBox, ArenaVec};
///
/// let mut arena = Arena::with_capacity(4096);
/// {
///     let word: &str = arena.alloc_str("bump");
///     let numbers = arena.alloc_slice_fill_iter((1..4u32).map(|n| n * n));
///     let mut list = ArenaVec::new_in(&arena);
///     list.push(word.len());
///     let dropped = ArenaBox::new_in(String::from("its destructor runs"), &arena);
///     assert_eq!((word, &*numbers, list[0], dropped.len()), ("bump", &[1, 4, 9][..], 4, 19));
/// }
/// arena.reset(); // everything is gone, the largest chunk stays
/// assert!(arena.allocated_bytes() >= 4096);
/// ```
///
/// # Cost
///
/// That of `bumpalo`: a compare and a subtraction for a value, and a block of the global allocator
/// for each chunk, which is twice as large as the one before. A collection that grows leaves its
/// old block behind in the arena until the reset.
///
/// # Limits
///
/// It is `Send` and not `Sync`: one thread uses it at a time. Freeing a value gives nothing back,
/// unless it was allocated last.
#[derive(Default)]
pub struct Arena {
    bump: Bump,
}

/// An arena could not give the bytes: its limit would be passed, or the global allocator had none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArenaFull;

impl fmt::Display for ArenaFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the arena is full; raise its limit with `set_limit`, or `reset` it when its \
                     values are no longer needed",
        )
    }
}

impl std::error::Error for ArenaFull {}

/// Defines a method that panics when the arena is full, and its `try_` form that says so.
macro_rules! place {
    ($(
        $(#[$doc:meta])*
        fn $name:ident, $try_name:ident [$($generics:tt)*] ($($arg:ident: $type:ty),*) -> $out:ty;
    )*) => {$(
        $(#[$doc])*
        ///
        /// # Panics
        ///
        /// If the arena is full.
        #[inline(always)]
        #[allow(clippy::mut_from_ref)]
        pub fn $name<$($generics)*>(&self, $($arg: $type),*) -> &mut $out {
            self.bump.$name($($arg),*)
        }

        #[doc = concat!("As [`", stringify!($name), "`](Self::", stringify!($name), "), and says \
            so when the arena is full.")]
        ///
        /// # Errors
        ///
        /// [`ArenaFull`] where the limit would be passed or the global allocator has no memory.
        #[inline(always)]
        #[allow(clippy::mut_from_ref)]
        pub fn $try_name<$($generics)*>(&self, $($arg: $type),*) -> Result<&mut $out, ArenaFull> {
            self.bump.$try_name($($arg),*).map_err(|_| ArenaFull)
        }
    )*};
}

impl Arena {
    /// An empty arena: it takes its first chunk with the first value.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An arena whose first chunk has room for so many bytes.
    ///
    /// # Panics
    ///
    /// If the global allocator has no memory.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self { bump: Bump::with_capacity(bytes) }
    }

    /// As [`with_capacity`](Self::with_capacity), and says so when there is no memory.
    ///
    /// # Errors
    ///
    /// [`ArenaFull`] where the global allocator has none.
    pub fn try_with_capacity(bytes: usize) -> Result<Self, ArenaFull> {
        Bump::try_with_capacity(bytes).map(|bump| Self { bump }).map_err(|_| ArenaFull)
    }

    /// An arena whose chunks never hold more than so many bytes together.
    ///
    /// # Examples
    ///
    /// ```
    /// let arena = memopt::remedy::Arena::with_limit(1024);
    /// assert!(arena.try_alloc([0u8; 512]).is_ok());
    /// assert_eq!(arena.try_alloc([0u8; 1024]).unwrap_err().to_string().split(';').next(), Some("the arena is full"));
    /// ```
    #[must_use]
    pub fn with_limit(bytes: usize) -> Self {
        let arena = Self::new();
        arena.set_limit(Some(bytes));
        arena
    }

    /// The limit in bytes, if there is one.
    pub fn limit(&self) -> Option<usize> {
        self.bump.allocation_limit()
    }

    /// Sets or lifts the limit in bytes. It is asked before each new chunk: what is there already
    /// stays usable.
    pub fn set_limit(&self, bytes: Option<usize>) {
        self.bump.set_allocation_limit(bytes);
    }

    place! {
        /// Places a value. Its destructor will not run.
        fn alloc, try_alloc[T](value: T) -> T;
        /// Places what `make` returns; large values are written straight into the arena.
        fn alloc_with, try_alloc_with[T, F: FnOnce() -> T](make: F) -> T;
        /// Places a copy of a string.
        fn alloc_str, try_alloc_str[](text: &str) -> str;
        /// Places a copy of a slice.
        fn alloc_slice_copy, try_alloc_slice_copy[T: Copy](values: &[T]) -> [T];
        /// Places clones of a slice's values. Their destructors will not run.
        fn alloc_slice_clone, try_alloc_slice_clone[T: Clone](values: &[T]) -> [T];
    }

    /// Places what an iterator yields, as one slice. Destructors will not run.
    ///
    /// # Panics
    ///
    /// If the arena is full, or the iterator yields fewer values than it said.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)]
    pub fn alloc_slice_fill_iter<T, I>(&self, values: I) -> &mut [T]
    where
        I: IntoIterator<Item = T, IntoIter: ExactSizeIterator>,
    {
        self.bump.alloc_slice_fill_iter(values)
    }

    /// As [`alloc_slice_fill_iter`](Self::alloc_slice_fill_iter), and says so when the arena is
    /// full.
    ///
    /// # Errors
    ///
    /// [`ArenaFull`] where the limit would be passed or the global allocator has no memory.
    ///
    /// # Panics
    ///
    /// If the iterator yields fewer values than it said.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)]
    pub fn try_alloc_slice_fill_iter<T, I>(&self, values: I) -> Result<&mut [T], ArenaFull>
    where
        I: IntoIterator<Item = T, IntoIter: ExactSizeIterator>,
    {
        self.bump.try_alloc_slice_fill_iter(values).map_err(|_| ArenaFull)
    }

    /// Gives up every value at once and keeps the newest (largest) chunk for the next ones.
    /// Destructors do not run.
    ///
    /// The `&mut` proves that nothing in the arena is still borrowed.
    #[inline]
    pub fn reset(&mut self) {
        self.bump.reset();
    }

    /// Bytes of the chunks, used or not, without their headers.
    pub fn allocated_bytes(&self) -> usize {
        self.bump.allocated_bytes()
    }

    /// Bytes of the chunks that values take, with the padding between them.
    ///
    /// # Cost
    ///
    /// A step for each chunk. The `&mut` is `bumpalo`'s: no value may be borrowed meanwhile.
    pub fn used_bytes(&mut self) -> usize {
        self.bump.iter_allocated_chunks().map(<[_]>::len).sum()
    }
}

impl fmt::Debug for Arena {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arena")
            .field("allocated_bytes", &self.allocated_bytes())
            .field("limit", &self.limit())
            .finish()
    }
}

// SAFETY: every method passes its arguments on to `&Bump`, which keeps the contract: a block stays
// where it is until it is given back or the `Bump` is reset or dropped, both of which need the
// borrow to have ended; moving or copying the reference changes nothing.
unsafe impl Allocator for &Arena {
    #[inline(always)]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        (&self.bump).allocate(layout)
    }

    #[inline(always)]
    fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        (&self.bump).allocate_zeroed(layout)
    }

    #[inline(always)]
    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise, passed on: `block` came from this arena with `layout`.
        unsafe { (&self.bump).deallocate(block, layout) }
    }

    #[inline(always)]
    unsafe fn grow(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's promise, passed on: `block` came from this arena with `old`, `new`
        // is no smaller.
        unsafe { (&self.bump).grow(block, old, new) }
    }

    #[inline(always)]
    unsafe fn grow_zeroed(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: as in `grow`.
        unsafe { (&self.bump).grow_zeroed(block, old, new) }
    }

    #[inline(always)]
    unsafe fn shrink(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's promise, passed on: `block` came from this arena with `old`, `new`
        // is no larger.
        unsafe { (&self.bump).shrink(block, old, new) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Arena, ArenaBox, ArenaFull, ArenaVec};
    use allocator_api2::alloc::Allocator;
    use core::alloc::Layout;
    use std::rc::Rc;

    #[test]
    fn values_stand_side_by_side_until_the_reset() {
        let mut arena = Arena::with_capacity(1000);
        let chunk = arena.allocated_bytes();
        {
            let numbers: Vec<&mut u64> = (0..100).map(|n| arena.alloc(n)).collect();
            assert_eq!(numbers.iter().map(|n| **n).sum::<u64>(), 4950);
        }
        assert_eq!((arena.used_bytes(), arena.allocated_bytes()), (800, chunk));
        arena.reset();
        assert_eq!((arena.used_bytes(), arena.allocated_bytes()), (0, chunk));
    }

    #[test]
    fn each_way_in_gives_the_value_back() {
        let arena = Arena::new();
        assert_eq!(arena.alloc_with(|| 7), &7);
        assert_eq!(arena.try_alloc_with(|| 7), Ok(&mut 7));
        assert_eq!(arena.alloc_str("héllo"), "héllo");
        assert_eq!(arena.try_alloc_str("").unwrap(), "");
        assert_eq!(arena.alloc_slice_copy(&[1, 2, 3]), [1, 2, 3]);
        assert_eq!(arena.try_alloc_slice_copy(&[1u8; 0]).unwrap(), [0u8; 0]);
        let rc = Rc::new(1);
        let clones = arena.alloc_slice_clone(&[Rc::clone(&rc), Rc::clone(&rc)]);
        assert_eq!(clones.len(), 2);
        assert_eq!(arena.alloc_slice_fill_iter([4, 5]), [4, 5]);
        assert_eq!(arena.try_alloc_slice_fill_iter(0..3).unwrap(), [0, 1, 2]);
        let array = Layout::array::<u64>(3).unwrap();
        assert_eq!((&arena).allocate_zeroed(array).unwrap().len(), 24);
    }

    #[test]
    fn destructors_run_only_in_the_collections() {
        let arena = Arena::new();
        let rc = Rc::new(());
        arena.alloc(Rc::clone(&rc));
        assert_eq!(Rc::strong_count(&rc), 2);
        let mut list = ArenaVec::new_in(&arena);
        list.extend((0..10).map(|_| Rc::clone(&rc)));
        let boxed = ArenaBox::new_in(Rc::clone(&rc), &arena);
        assert_eq!(Rc::strong_count(&rc), 13);
        list.truncate(5);
        list.shrink_to_fit();
        drop((list, boxed));
        assert_eq!(Rc::strong_count(&rc), 2);
        drop(arena);
        assert_eq!(Rc::strong_count(&rc), 2);
    }

    #[test]
    fn the_limit_holds_and_can_be_lifted() {
        let arena = Arena::with_limit(1000);
        assert_eq!(arena.limit(), Some(1000));
        let taken = (0..100).take_while(|_| arena.try_alloc([0u8; 100]).is_ok()).count();
        assert!((5..=10).contains(&taken), "{taken}");
        assert!(arena.allocated_bytes() <= 1000);
        assert_eq!(arena.try_alloc_slice_copy(&[0u8; 2000]), Err(ArenaFull));
        assert_eq!(arena.try_alloc_str(&"x".repeat(2000)), Err(ArenaFull));
        assert!(ArenaVec::<u8>::new_in(&arena).try_reserve(2000).is_err());
        arena.set_limit(None);
        assert!(arena.try_alloc([0u8; 2000]).is_ok());
        assert!(Arena::try_with_capacity(usize::MAX / 2).is_err());
    }

    #[test]
    #[should_panic(expected = "out of memory")]
    fn without_try_a_full_arena_panics() {
        Arena::with_limit(0).alloc(0u64);
    }

    #[test]
    fn a_map_lives_in_it() {
        let arena = Arena::new();
        let mut map = hashbrown::HashMap::new_in(&arena);
        for n in 0..100u32 {
            map.insert(n, arena.alloc_str(&n.to_string()));
        }
        assert!((0..100).all(|n| *map[&n] == *n.to_string()));
        assert!(arena.allocated_bytes() > 100 * 24);
    }

    #[test]
    fn it_can_be_sent() {
        let arena = Arena::new();
        let arena = std::thread::spawn(move || {
            arena.alloc_str("there");
            arena
        })
        .join()
        .unwrap();
        assert!(arena.allocated_bytes() > 0);
    }
}
