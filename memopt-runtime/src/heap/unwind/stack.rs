//! What of the stack may be read, and reading it so that nothing can go wrong.
//!
//! A thread's own stack is read as any memory: the room between the stack pointer and the stack's
//! end stays mapped while the thread runs on it. Where it ends is not asked of the C library, which
//! allocates, locks and reads files to say it:
//! - the control block of a thread lies above its stack in the same mapping;
//! - the kernel puts 16 random bytes above the main thread's, and says where.
//!
//! Either is only believed when the kernel can read every page from the stack pointer up to it. A
//! stack that is not the thread's own (a coroutine's, one for signals) fails that test, as does a
//! thread whose C library does otherwise; of these the kernel makes copies, which it refuses where
//! nothing is mapped.

use super::registers::thread_pointer;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed, compiler_fence};

const PAGE: usize = 4096;

/// No stack is looked at further than this above the stack pointer. Bytes.
const HIGHEST: usize = 64 << 20;

/// Words in a copy: some frames, and little room on a small stack.
const COPIED: usize = 32;

/// The part of the thread's own stack that is known to be readable; `end` is 0 until it is.
///
/// Invariant: `begin` is written before `end`, and `end` never changes once it is set, so that a
/// signal handler sees a range that holds, whenever it comes.
struct Own {
    begin: AtomicUsize,
    end: AtomicUsize,
}

thread_local! {
    // Constant and without a destructor: to look at it neither allocates nor registers anything.
    static OWN: Own = const { Own { begin: AtomicUsize::new(0), end: AtomicUsize::new(0) } };
}

/// The stack above a stack pointer.
pub(super) struct Stack {
    begin: usize,
    end: usize,
    /// A copy of some words, where the kernel has to make one; `copied` is where they are from.
    copied: Option<usize>,
    words: [usize; COPIED],
    own: bool,
}

impl Stack {
    /// The stack that is in use from `sp` on.
    #[inline(always)]
    pub(super) fn above(sp: usize) -> Self {
        let end = OWN.with(|own| own.end_above(sp));
        Self {
            begin: sp,
            end: end.unwrap_or_else(|| sp.saturating_add(HIGHEST)),
            copied: None,
            words: [0; COPIED],
            own: end.is_some(),
        }
    }

    /// Whether the caller's stack may begin here.
    #[inline(always)]
    pub(super) fn reaches(&self, sp: usize) -> bool {
        sp <= self.end
    }

    /// The word at an address; `None` where it is not part of the stack.
    #[inline(always)]
    pub(super) fn word(&mut self, address: usize) -> Option<usize> {
        if !address.is_multiple_of(8) || address < self.begin || address >= self.end {
            return None;
        }
        if self.own {
            let word: *const usize = std::ptr::with_exposed_provenance(address);
            // SAFETY: aligned, and between the stack pointer of a caller of this function and the
            // end of the stack it runs on, which is mapped as long as it runs. The frames there are
            // those of this thread, which does nothing else meanwhile; that the compiler keeps
            // other values there is why the read is volatile.
            return Some(unsafe { word.read_volatile() });
        }
        self.copied_word(address)
    }

    #[inline(never)]
    fn copied_word(&mut self, address: usize) -> Option<usize> {
        if let Some(from) = self.copied
            && let Some(&word) = self.words.get(address.wrapping_sub(from) / 8)
        {
            return Some(word);
        }
        // Not over the end of a page, behind which nothing may be mapped.
        let words = COPIED.min((PAGE - address % PAGE) / 8);
        self.copied = None;
        self.words = [0; COPIED];
        // Read to the end, or not at all.
        let copied = copy(address, &mut self.words[..words]);
        // What was not copied must not be taken for what is there.
        self.copied = (copied && words == COPIED).then_some(address);
        copied.then(|| self.words[0])
    }
}

impl Own {
    #[inline(always)]
    fn end_above(&self, sp: usize) -> Option<usize> {
        let end = self.end.load(Relaxed);
        if sp >= self.begin.load(Relaxed) && sp < end { Some(end) } else { self.learn(sp, end) }
    }

    /// Looks at a part of the stack that was not used before.
    #[cold]
    #[inline(never)]
    fn learn(&self, sp: usize, end: usize) -> Option<usize> {
        let page = sp & !(PAGE - 1);
        if end != 0 {
            let begin = self.begin.load(Relaxed);
            if sp >= end || !is_readable(page, begin) {
                return None;
            }
            self.begin.store(page, Relaxed);
            return Some(end);
        }
        // SAFETY: reads a table the kernel has made.
        let above_main = unsafe { libc::getauxval(libc::AT_RANDOM) } as usize;
        let end = [thread_pointer(), above_main]
            .into_iter()
            .find(|&end| sp < end && is_readable(page, end))?
            & !7;
        self.begin.store(page, Relaxed);
        compiler_fence(std::sync::atomic::Ordering::SeqCst);
        self.end.store(end, Relaxed);
        Some(end)
    }
}

/// Whether the kernel can read a byte of every page from the page at `from` to the byte before
/// `to`.
pub(super) fn is_readable(from: usize, to: usize) -> bool {
    /// Pages asked for at once.
    const ASKED: usize = 32;
    if to.wrapping_sub(from) > HIGHEST {
        return false;
    }
    let mut next = from;
    while next < to {
        let mut read = [0u8; ASKED];
        let mut pages = [libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 1 }; ASKED];
        let mut asked = 0;
        while asked < ASKED && next < to {
            pages[asked].iov_base = std::ptr::without_provenance_mut(next);
            asked += 1;
            next += PAGE;
        }
        let into = libc::iovec { iov_base: read.as_mut_ptr().cast(), iov_len: asked };
        if !read_own(into, &pages[..asked]) {
            return false;
        }
    }
    true
}

/// Copies words from any address; `false` where they cannot all be read.
pub(super) fn copy(from: usize, words: &mut [usize]) -> bool {
    let bytes = size_of_val(words);
    let into = libc::iovec { iov_base: words.as_mut_ptr().cast(), iov_len: bytes };
    read_own(
        into,
        &[libc::iovec { iov_base: std::ptr::without_provenance_mut(from), iov_len: bytes }],
    )
}

/// Has the kernel read memory of this process, all of it or nothing that counts.
///
/// PERF: some 300 ns. It happens when a thread's stack gets deeper than it ever was, and for stacks
/// that are not a thread's own.
fn read_own(into: libc::iovec, from: &[libc::iovec]) -> bool {
    // The allocation that is being sampled must leave the error number as it was.
    // SAFETY: the place of this thread's error number.
    let error_number = unsafe { libc::__errno_location() };
    // SAFETY: `into` is a buffer of the caller's; what is read is checked by the kernel. The error
    // number is this thread's.
    unsafe {
        let before = *error_number;
        let read = libc::process_vm_readv(
            libc::getpid(),
            &raw const into,
            1,
            from.as_ptr(),
            from.len() as u64,
            0,
        );
        *error_number = before;
        read == into.iov_len as isize
    }
}

#[cfg(test)]
mod tests {
    use super::{COPIED, PAGE, Stack, copy, is_readable};

    #[test]
    fn a_thread_knows_where_its_own_stack_ends() {
        let check = || {
            let thread = 7usize;
            let at = (&raw const thread).expose_provenance();
            let mut stack = Stack::above(at);
            assert!(stack.own);
            assert_eq!(stack.word(at), Some(7));
            assert_eq!(
                (stack.word(at - 8), stack.word(at + 1), stack.word(stack.end)),
                (None, None, None)
            );
            assert!(stack.word(stack.end - 8).is_some());
        };
        check();
        std::thread::spawn(check).join().unwrap();
    }

    #[test]
    fn memory_that_is_no_stack_is_read_as_far_as_it_is_mapped() {
        let length = 4 * PAGE;
        // SAFETY: a mapping of our own; one page of it is taken away again below.
        let start = unsafe {
            let (access, kind) =
                (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
            let start = libc::mmap(std::ptr::null_mut(), length, access, kind, -1, 0);
            assert_ne!(start, libc::MAP_FAILED);
            assert_eq!(libc::mprotect(start.byte_add(2 * PAGE), PAGE, libc::PROT_NONE), 0);
            start.cast::<usize>().write(1);
            start.cast::<usize>().byte_add(PAGE + 8).write(2);
            start.expose_provenance()
        };
        let mut stack = Stack::above(start);
        assert!(!stack.own);
        assert_eq!((stack.word(start), stack.word(start + PAGE + 8)), (Some(1), Some(2)));
        assert_eq!(
            (stack.word(start + 2 * PAGE - 8), stack.word(start + 2 * PAGE)),
            (Some(0), None)
        );
        assert!(is_readable(start, start + 2 * PAGE) && !is_readable(start, start + 2 * PAGE + 1));
        assert!(!copy(start + 2 * PAGE, &mut [0; COPIED]));
        // SAFETY: the mapping made above, which nobody uses any more.
        let unmapped =
            unsafe { libc::munmap(std::ptr::with_exposed_provenance_mut(start), length) };
        assert_eq!(unmapped, 0);
    }
}
