//! Address space from the system: zero, resident as it is touched, never through the wrapped
//! allocator.

/// Zeroed memory at a multiple of `align`, which becomes resident as it is touched and is never
/// given back; `None` where the system refuses.
#[cfg(all(unix, not(miri)))]
pub(crate) fn reserve_zeroed(bytes: usize, align: usize) -> Option<*mut u8> {
    /// What the system aligns to by itself, at least.
    const PAGE: usize = 4096;
    let room = if align > PAGE { bytes.checked_add(align)? } else { bytes };
    // SAFETY: an anonymous private mapping at an address of the kernel's choice touches nothing
    // else.
    let start = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            room,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    if start == libc::MAP_FAILED {
        return None;
    }
    // A huge page for a few touched bytes would cost 2 MiB; refusal is harmless.
    #[cfg(target_os = "linux")]
    // SAFETY: the range is the mapping just made.
    unsafe {
        libc::madvise(start, room, libc::MADV_NOHUGEPAGE);
    }
    Some(start.cast::<u8>().map_addr(|at| at.next_multiple_of(align)))
}

/// As above, resident at once, and so no more than 256 MiB.
#[cfg(any(not(unix), miri))]
pub(crate) fn reserve_zeroed(bytes: usize, align: usize) -> Option<*mut u8> {
    use std::alloc::{GlobalAlloc, Layout, System};
    if bytes > 1 << 28 {
        return None;
    }
    let layout = Layout::from_size_align(bytes, align).ok()?;
    // SAFETY: the layout has a size; `System` is not the wrapped allocator.
    let start = unsafe { System.alloc_zeroed(layout) };
    (!start.is_null()).then_some(start)
}
