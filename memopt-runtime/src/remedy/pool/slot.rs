//! Where one object lies: a heap block with the links of the list it is idle in, and lists of such blocks.
//!
//! The block is handed out, not the object: moving a `Vec` in and out costs more than the whole operation.

use std::ptr::{self, NonNull};

/// What stands before every object. Only who holds the block (a guard, or the owner of the list it is in) touches it.
#[repr(C)]
pub(super) struct Header {
    /// The next idle block of the same list.
    pub(super) next: *mut Header,
    /// Bytes of the object, its own and those it holds, as it came back.
    pub(super) bytes: usize,
}

/// A block with its object. The header comes first, so that a pointer to one is a pointer to the other.
#[repr(C)]
pub(super) struct Slot<T> {
    header: Header,
    value: T,
}

impl<T> Slot<T> {
    /// Puts an object into a block of its own.
    pub(super) fn make(value: T) -> NonNull<Self> {
        let header = Header { next: ptr::null_mut(), bytes: 0 };
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
    /// - `slot` is a block made by [`make`](Self::make), held by the caller alone, and not used again.
    pub(super) unsafe fn unmake(slot: NonNull<Self>) -> T {
        // SAFETY: the caller's; it was a box.
        unsafe { Box::from_raw(slot.as_ptr()) }.value
    }

    /// Drops the object and frees the block.
    ///
    /// # Safety
    ///
    /// - `header` is that of a block made by [`make`](Self::make) of the same type, held by the caller alone, and not used again.
    pub(super) unsafe fn destroy(header: *mut Header) {
        // SAFETY: the caller's; it was a box, and the header is its first member.
        drop(unsafe { Box::from_raw(header.cast::<Self>()) });
    }
}

/// A list of idle blocks with its sums.
#[derive(Clone, Copy)]
pub(super) struct Batch {
    /// Invariant: the head of a list of `len` blocks, null when there are none.
    pub(super) head: *mut Header,
    pub(super) len: usize,
    /// Sum of the blocks' `bytes`.
    pub(super) bytes: usize,
}

// SAFETY: whoever holds a batch owns its blocks, and pools hold only objects that are `Send`.
unsafe impl Send for Batch {}

impl Batch {
    pub(super) const EMPTY: Self = Self { head: ptr::null_mut(), len: 0, bytes: 0 };

    /// Puts a block in front.
    ///
    /// # Safety
    ///
    /// - The caller holds the block and gives it up.
    pub(super) unsafe fn push(&mut self, block: NonNull<Header>, bytes: usize) {
        // SAFETY: the block is the caller's.
        unsafe { block.write(Header { next: self.head, bytes }) };
        self.head = block.as_ptr();
        self.len += 1;
        self.bytes += bytes;
    }

    /// Takes the block in front.
    pub(super) fn pop(&mut self) -> Option<NonNull<Header>> {
        let block = NonNull::new(self.head)?;
        // SAFETY: the batch owns its blocks.
        let header = unsafe { block.as_ref() };
        self.head = header.next;
        self.len -= 1;
        self.bytes -= header.bytes;
        Some(block)
    }

    /// Puts all of `other` in front.
    pub(super) fn append(&mut self, mut other: Self) {
        while let Some(block) = other.pop() {
            // SAFETY: just taken out of `other`, which owned it.
            let bytes = unsafe { block.as_ref() }.bytes;
            // SAFETY: as above; it is given up here.
            unsafe { self.push(block, bytes) };
        }
    }

    /// Destroys all objects; where one panics the others are destroyed all the same.
    ///
    /// # Safety
    ///
    /// - `destroy` is [`Slot::destroy`] for the type of the objects.
    pub(super) unsafe fn destroy(self, destroy: unsafe fn(*mut Header)) {
        struct Rest(Batch, unsafe fn(*mut Header));
        impl Rest {
            fn run(&mut self) {
                while let Some(block) = self.0.pop() {
                    // SAFETY: out of the batch, which owned it; the function fits by the contract of `destroy`.
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
