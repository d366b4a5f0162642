//! Types of std that own one block, or a chain of them.

use super::compound::elements;
use super::{Growth, MemSize, Walk};
use std::collections::{BinaryHeap, LinkedList, VecDeque};
use std::ffi::{CString, OsString};
use std::path::PathBuf;
use std::ptr::NonNull;

impl<T: MemSize + ?Sized> MemSize for Box<T> {
    fn walk(&self, walk: &mut Walk) {
        walk.block(size_of_val(&**self));
        (**self).walk(walk);
    }
}

impl<T: MemSize> MemSize for Vec<T> {
    fn walk(&self, walk: &mut Walk) {
        walk.buffer(self.capacity() * size_of::<T>(), size_of_val(&**self));
        elements(self, walk);
    }

    fn growth() -> Option<Growth> {
        Some(Growth::boxed("Box<[T]>"))
    }
}

macro_rules! ring {
    ($($type:ident)*) => {$(
        impl<T: MemSize> MemSize for $type<T> {
            fn walk(&self, walk: &mut Walk) {
                walk.buffer(self.capacity() * size_of::<T>(), self.len() * size_of::<T>());
                elements(self, walk);
            }

            fn growth() -> Option<Growth> {
                Some(Growth::ONLY_SHRINKS)
            }
        }
    )*};
}

ring! { VecDeque BinaryHeap }

macro_rules! text {
    ($($type:ty, $fixed:literal, $len:expr;)*) => {$(
        impl MemSize for $type {
            fn walk(&self, walk: &mut Walk) {
                let len: fn(&Self) -> usize = $len;
                walk.buffer(self.capacity(), len(self));
            }

            fn growth() -> Option<Growth> {
                Some(Growth::boxed($fixed))
            }
        }
    )*};
}

text! {
    String, "Box<str>", |text| text.len();
    OsString, "Box<OsStr>", |text| text.len();
    PathBuf, "Box<Path>", |path| path.as_os_str().len();
}

impl MemSize for CString {
    fn walk(&self, walk: &mut Walk) {
        walk.block(self.as_bytes_with_nul().len());
    }
}

/// A node of std's list: `library/alloc/src/collections/linked_list.rs`, `struct Node`.
#[expect(dead_code, reason = "only its size is asked")]
struct Node<T> {
    next: Option<NonNull<T>>,
    prev: Option<NonNull<T>>,
    element: T,
}

impl<T: MemSize> MemSize for LinkedList<T> {
    fn walk(&self, walk: &mut Walk) {
        for value in self {
            walk.block(size_of::<Node<T>>());
            value.walk(walk);
        }
    }
}
