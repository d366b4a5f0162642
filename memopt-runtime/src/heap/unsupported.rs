//! The same names where stacks are not taken: every stack is empty, and there are no modules.

#[doc(hidden)]
pub mod unwind {
    pub use crate::heap::walk::Walk;

    /// No frames.
    pub fn capture(_frames: &mut [usize]) -> usize {
        0
    }

    /// No frames.
    pub(in crate::heap) fn capture_above(_above: usize, _frames: &mut [usize]) -> usize {
        0
    }

    /// No frames.
    pub fn walk(_frames: &mut [usize]) -> Walk {
        Walk { frames: 0, whole: false }
    }
}

#[doc(hidden)]
pub mod modules {
    /// There is nothing to read: stacks are taken on Linux, with the feature `heap`.
    pub fn refresh() {}

    /// The list of nothing is never out of date.
    #[cfg(feature = "dump")]
    pub(crate) fn keep_up() {}

    /// Nothing is kept.
    pub fn own_bytes() -> usize {
        0
    }
}
