//! A lock-free stack of numbers, each in it at most once.

use crate::sync::{AtomicU32, AtomicU64, Ordering, constant};

/// The stack; the links lie in an array that the caller holds, one word a number.
///
/// The head carries a count of changes beside the number on top, so that a number that was taken
/// and put back meanwhile is not mistaken for one that lay still (ABA). A link may be read after
/// its number was taken by another thread: it lies in memory of its own that is never unmapped, and
/// the exchange then fails.
#[derive(Debug)]
pub(super) struct Stack {
    /// Changes in the upper half; in the lower the number on top plus one, 0 for none.
    head: AtomicU64,
}

impl Stack {
    constant! {
        pub(super) fn new() -> Self {
            Self { head: AtomicU64::new(0) }
        }
    }

    /// Puts `number` on top. It must not be in the stack.
    pub(super) fn push(&self, links: &[AtomicU32], number: u32) {
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            links[number as usize].store(head as u32, Ordering::Relaxed);
            let new = changed(head) | u64::from(number + 1);
            // Release: whoever takes the number sees the link, and what was done to the chunk
            // before.
            match self.head.compare_exchange_weak(head, new, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// Takes the number on top.
    pub(super) fn pop(&self, links: &[AtomicU32]) -> Option<u32> {
        // Acquire pairs with the Release in `push`.
        let mut head = self.head.load(Ordering::Acquire);
        loop {
            let number = (head as u32).checked_sub(1)?;
            let new = changed(head) | u64::from(links[number as usize].load(Ordering::Relaxed));
            match self.head.compare_exchange_weak(head, new, Ordering::Acquire, Ordering::Acquire) {
                Ok(_) => return Some(number),
                Err(now) => head = now,
            }
        }
    }
}

/// The count of changes, one more.
fn changed(head: u64) -> u64 {
    (head & !u64::from(u32::MAX)).wrapping_add(1 << 32)
}
