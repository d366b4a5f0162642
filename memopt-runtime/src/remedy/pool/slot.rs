//! Where one object lies: a heap block of its own, and lists of blocks that are to be destroyed.
//!
//! The block is handed out, not the object: moving a `Vec` in and out costs more than the whole
//! operation.

use std::ptr::{self, NonNull};

/// What stands before every object. Only who holds the block (a guard, or the owner of the list it
/// is in) touches it, and an idle object's is not touched at all.
#[repr(C)]
pub(super) struct Header {
    /// The next block that is to be destroyed.
    next: *mut Header,
}

/// A block with its object. The header comes first, so that a pointer to one is a pointer to the
/// other.
#[repr(C)]
pub(super) struct Slot<T> {
    header: Header,
    value: T,
}

impl<T> Slot<T> {
    /// Puts an object into a block of its own.
    pub(super) fn make(value: T) -> NonNull<Self> {
        let header = Header { next: ptr::null_mut() };
        NonNull::from(Box::leak(Box::new(Self { header, value })))
    }

    /// Where the object lies.
    ///
    /// # Safety
    ///
    /// - `slot` is a block made by [`make`](Self::make) and not freed yet.
    #[inline(always)]
    pub(super) unsafe fn value(slot: NonNull<Self>) -> NonNull<T> {
        // SAFETY: the caller's; no reference is made.
        unsafe { NonNull::new_unchecked(&raw mut (*slot.as_ptr()).value) }
    }

    /// Takes the object out and frees the block.
    ///
    /// # Safety
    ///
    /// - `slot` is a block made by [`make`](Self::make), held by the caller alone, and not used
    ///   again.
    pub(super) unsafe fn unmake(slot: NonNull<Self>) -> T {
        // SAFETY: the caller's; it was a box.
        unsafe { Box::from_raw(slot.as_ptr()) }.value
    }

    /// Drops the object and frees the block.
    ///
    /// # Safety
    ///
    /// - `header` is that of a block made by [`make`](Self::make) of the same type, held by the
    ///   caller alone, and not used again.
    pub(super) unsafe fn destroy(header: *mut Header) {
        // SAFETY: the caller's; it was a box, and the header is its first member.
        drop(unsafe { Box::from_raw(header.cast::<Self>()) });
    }
}

/// Objects to be destroyed, once no list is being changed and no lock held: a linked list, which
/// needs no memory.
#[must_use]
pub(super) struct DropQueue {
    /// Invariant: the head of a list of `len` blocks, null when there are none.
    head: *mut Header,
    pub(super) len: usize,
    /// Sum of the objects' bytes.
    pub(super) bytes: usize,
}

impl DropQueue {
    pub(super) const NONE: Self = Self { head: ptr::null_mut(), len: 0, bytes: 0 };

    /// Puts a block in front.
    ///
    /// # Safety
    ///
    /// - The caller holds the block and gives it up.
    pub(super) unsafe fn push(&mut self, block: NonNull<Header>, bytes: usize) {
        // SAFETY: the block is the caller's.
        unsafe { block.write(Header { next: self.head }) };
        self.head = block.as_ptr();
        self.len += 1;
        self.bytes += bytes;
    }

    /// Takes the block in front.
    fn pop(&mut self) -> Option<NonNull<Header>> {
        let block = NonNull::new(self.head)?;
        // SAFETY: the list owns its blocks.
        self.head = unsafe { block.as_ref() }.next;
        Some(block)
    }

    /// Destroys all objects; where one panics the others are destroyed all the same.
    ///
    /// # Safety
    ///
    /// - `destroy` is [`Slot::destroy`] for the type of the objects.
    pub(super) unsafe fn destroy(self, destroy: unsafe fn(*mut Header)) {
        struct Rest(DropQueue, unsafe fn(*mut Header));
        impl Rest {
            fn run(&mut self) {
                while let Some(block) = self.0.pop() {
                    // SAFETY: out of the list, which owned it; the function fits by the contract of
                    // `destroy`.
                    unsafe { (self.1)(block.as_ptr()) };
                }
            }
        }
        impl Drop for Rest {
            fn drop(&mut self) {
                self.run();
            }
        }
        Rest(self, destroy).run();
    }
}
