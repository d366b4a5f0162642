//! How the inner allocator rounds a requested size.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed};

/// A [`Rule`], or null for that of the platform.
static RULE: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());

type Rule = fn(usize) -> usize;

/// Sets how the inner allocator rounds sizes: the bytes that a block of a requested size takes up.
///
/// Reports show the bytes that blocks take up in the allocator beside those requested
/// ([`CallPath::usable_bytes`](crate::report::CallPath::usable_bytes)). A `GlobalAlloc` does not
/// say how it rounds, so set the rule once, before sampling starts. Without it glibc's rule is used
/// on Linux with glibc (8 bytes for its header, in multiples of 16, 24 at least), and multiples of
/// 16 elsewhere.
///
/// # Cost
///
/// One call of `rule` when a tracked block is allocated, and one when it is freed; in exact mode
/// for one block in 16 of those below 16 KiB, and for each larger one. The rule is called within
/// the allocation, so it must not allocate, lock or panic: mimalloc's `mi_good_size` and jemalloc's
/// `nallocx` do none of these.
///
/// # Examples
///
/// ```
/// // With mimalloc: `|size| unsafe { libmimalloc_sys::mi_good_size(size) }`.
/// memopt::heap::set_usable_size(|size| size.next_power_of_two());
/// ```
pub fn set_usable_size(rule: fn(usize) -> usize) {
    RULE.store(rule as *mut (), Relaxed);
}

/// Bytes that a block takes up which was asked for with `size`.
pub(super) fn bytes(size: u64) -> u64 {
    let rule = RULE.load(Relaxed);
    if rule.is_null() {
        return of_the_platform(size);
    }
    // SAFETY: not null, so a `Rule` that `set_usable_size` stored; a function's address is all of
    // it.
    let rule = unsafe { std::mem::transmute::<*mut (), Rule>(rule) };
    rule(size as usize) as u64
}

/// glibc's malloc: a header of 8 bytes in front, chunks in multiples of 16, no chunk below 32
/// (`malloc/malloc.c`, `request2size`).
#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
fn of_the_platform(size: u64) -> u64 {
    (size.saturating_add(8 + 15) & !15).max(32) - 8
}

/// What nearly every allocator keeps to: multiples of 16.
#[cfg(not(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64")))]
fn of_the_platform(size: u64) -> u64 {
    size.saturating_add(15) & !15
}

#[cfg(test)]
mod tests {
    /// Against the function that knows.
    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64", not(miri)))]
    fn the_rule_is_that_of_glibc() {
        for size in (0..4096).chain([10_000, 65_536, 100_001]) {
            // SAFETY: a block of malloc's, freed once. The tests' allocator is the system's.
            let usable = unsafe {
                let block = libc::malloc(size);
                let usable = libc::malloc_usable_size(block);
                libc::free(block);
                usable
            };
            // A chunk is not cut where the rest would be too small for another: 16 more then.
            let rule = super::of_the_platform(size as u64) as usize;
            assert!(usable == rule || usable == rule + 16, "{size}: {usable}, {rule}");
        }
    }
}
