//! Shared pointers: what several own is counted once a walk.

use super::{MemSize, Walk};
use std::alloc::Layout;
use std::rc::{self, Rc};
use std::sync::{self, Arc};

/// Bytes of the block of a shared value: two counts, then the value (`library/alloc/src/rc.rs`,
/// `struct RcInner`).
fn block_of(value: Layout) -> usize {
    let counts = Layout::new::<[usize; 2]>();
    counts.extend(value).map_or(0, |(block, _)| block.pad_to_align().size())
}

macro_rules! shared {
    ($($pointer:ident $weak:path;)*) => {$(
        impl<T: MemSize + ?Sized> MemSize for $pointer<T> {
            fn walk(&self, walk: &mut Walk) {
                if walk.is_first($pointer::as_ptr(self)) {
                    walk.block(block_of(Layout::for_value(&**self)));
                    (**self).walk(walk);
                }
            }
        }

        /// A weak pointer owns nothing while the value lives, and keeps its block after.
        impl<T> MemSize for $weak {
            fn walk(&self, walk: &mut Walk) {
                let dangling = self.ptr_eq(&Self::new());
                if !dangling && self.strong_count() == 0 && walk.is_first(self.as_ptr()) {
                    walk.block(block_of(Layout::new::<T>()));
                }
            }
        }
    )*};
}

shared! {
    Rc rc::Weak<T>;
    Arc sync::Weak<T>;
}
