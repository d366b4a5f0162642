//! Byte buffers used again on the same thread.
//!
//! A thread keeps the last few it gave back, none of them large, so that a program which opens one reader after another does not ask the
//! allocator for the same block each time. They are the thread's own and go with it.

use std::cell::RefCell;

/// Buffers a thread keeps.
const KEPT: usize = 4;

/// Bytes of a buffer that is worth keeping, at most.
const LARGEST: usize = 1 << 20;

thread_local! {
    static FREE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// A buffer of `len` bytes of any value.
pub(super) fn take(len: usize) -> Vec<u8> {
    let kept = FREE.try_with(|free| {
        let mut free = free.try_borrow_mut().ok()?;
        let fits = free.iter().position(|buffer| buffer.len() >= len)?;
        Some(free.swap_remove(fits))
    });
    let mut buffer = kept.ok().flatten().unwrap_or_else(|| vec![0; len]);
    // Longer ones are cut: what is read at once must be what was asked for.
    buffer.truncate(len);
    buffer
}

/// Keeps a buffer for [`take`], or frees it where enough are kept or the thread ends.
pub(super) fn give(buffer: Vec<u8>) {
    if buffer.is_empty() || buffer.capacity() > LARGEST {
        return;
    }
    let _ = FREE.try_with(|free| {
        if let Ok(mut free) = free.try_borrow_mut()
            && free.len() < KEPT
        {
            crate::quiet(|| free.reserve_exact(KEPT));
            free.push(buffer);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::{KEPT, LARGEST, give, take};

    #[test]
    fn a_buffer_comes_back_and_large_ones_do_not() {
        std::thread::spawn(|| {
            let buffer = take(1000);
            let address = buffer.as_ptr();
            give(buffer);
            let again = take(500);
            assert_eq!((again.as_ptr(), again.len()), (address, 500));
            give(vec![1; LARGEST + 1]);
            assert!(take(10).iter().all(|&byte| byte == 0));
            (0..10).for_each(|_| give(vec![0; 8]));
            assert_eq!(super::FREE.with_borrow(Vec::len), KEPT);
        })
        .join()
        .unwrap();
    }
}
