//! Address space from the system: zero, resident as it is touched, never through the wrapped
//! allocator.

/// Zeroed memory at a multiple of `align`, which becomes resident as it is touched and is never
/// given back; `None` where the system refuses.
#[cfg(all(unix, not(miri)))]
pub(crate) fn reserve_zeroed(bytes: usize, align: usize) -> Option<*mut u8> {
    /// What the system aligns to by itself, at least.
    const PAGE: usize = 4096;
    let room = if align > PAGE { bytes.checked_add(align)? } else { bytes };
    // Without access at first: where all that a process maps is locked (`mlockall`), the kernel
    // would make the whole range resident. Unlocked, it gets access.
    // SAFETY: an anonymous private mapping at an address of the kernel's choice touches nothing
    // else.
    let start = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            room,
            libc::PROT_NONE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    if start == libc::MAP_FAILED {
        return None;
    }
    // SAFETY: the range is the mapping just made, which nobody else knows of.
    unsafe {
        libc::munlock(start, room);
        if libc::mprotect(start, room, libc::PROT_READ | libc::PROT_WRITE) != 0 {
            libc::munmap(start, room);
            return None;
        }
        // A huge page for a few touched bytes would cost 2 MiB; refusal is harmless.
        #[cfg(target_os = "linux")]
        libc::madvise(start, room, libc::MADV_NOHUGEPAGE);
    }
    Some(start.cast::<u8>().map_addr(|at| at.next_multiple_of(align)))
}

/// Bytes that this process may still reserve by the limits it runs under; `None` where there is
/// none, or the system does not tell.
///
/// Limits are those of address space and of data (`ulimit -v`, `ulimit -d`), and what is left where
/// the kernel hands out no more than it has (overcommit mode 2).
#[cfg(all(target_os = "linux", not(miri)))]
pub(crate) fn room() -> Option<u64> {
    let limited = |which, column: usize| {
        let mut limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: 0 };
        // SAFETY: the call writes a limit to the address given.
        let known = unsafe { libc::getrlimit(which, &raw mut limit) } == 0;
        let limit = (known && limit.rlim_cur != libc::RLIM_INFINITY).then_some(limit.rlim_cur)?;
        // SAFETY: asks only.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as u64;
        let used = number(&read(c"/proc/self/statm"), b"", column)?.saturating_mul(page);
        #[allow(clippy::useless_conversion, reason = "32 bits on some targets")]
        Some(u64::from(limit).saturating_sub(used))
    };
    let strict = || {
        if read(c"/proc/sys/vm/overcommit_memory")[0] != b'2' {
            return None;
        }
        let memory = read(c"/proc/meminfo");
        let limit = number(&memory, b"CommitLimit:", 0)?;
        Some(limit.saturating_sub(number(&memory, b"Committed_AS:", 0)?).saturating_mul(1024))
    };
    [limited(libc::RLIMIT_AS, 0), limited(libc::RLIMIT_DATA, 5), strict()]
        .into_iter()
        .flatten()
        .min()
}

/// As above: nothing is known.
#[cfg(any(not(target_os = "linux"), miri))]
pub(crate) fn room() -> Option<u64> {
    None
}

/// The beginning of a file, and zeroes. It allocates nothing.
#[cfg(all(target_os = "linux", not(miri)))]
fn read(path: &std::ffi::CStr) -> [u8; 2048] {
    let mut text = [0; 2048];
    // SAFETY: a path that ends with zero, and a buffer of that length; the file is closed once.
    unsafe {
        let file = libc::open(path.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC);
        if file >= 0 {
            libc::read(file, text.as_mut_ptr().cast(), text.len());
            libc::close(file);
        }
    }
    text
}

/// The number in a column behind a label, where the text has both.
#[cfg(all(target_os = "linux", not(miri)))]
fn number(text: &[u8], label: &[u8], column: usize) -> Option<u64> {
    let at = (0..text.len()).find(|at| text[*at..].starts_with(label))?;
    let mut words =
        text[at + label.len()..].split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let digits = words.nth(column)?.iter().take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
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
