//! What a body returns when it has sent its last item.

/// The return value of a streamed body: `()` where the function returned a `Vec`, a `Result<(), E>`
/// where it could fail.
pub trait End<T> {
    /// What the iterator gives.
    type Item;

    /// An item as the iterator gives it.
    fn item(item: T) -> Self::Item;

    /// What comes behind the last item: the error, if it ended with one.
    fn last(self) -> Option<Self::Item>;

    /// How many items are behind the last one.
    fn extra(&self) -> usize;
}

impl<T> End<T> for () {
    type Item = T;

    #[inline(always)]
    fn item(item: T) -> T {
        item
    }

    #[inline(always)]
    fn last(self) -> Option<T> {
        None
    }

    fn extra(&self) -> usize {
        0
    }
}

impl<T, E> End<T> for Result<(), E> {
    type Item = Result<T, E>;

    #[inline(always)]
    fn item(item: T) -> Self::Item {
        Ok(item)
    }

    #[inline(always)]
    fn last(self) -> Option<Self::Item> {
        self.err().map(Err)
    }

    fn extra(&self) -> usize {
        usize::from(self.is_err())
    }
}
