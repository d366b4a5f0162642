//! An allocation and a free that have nothing more to do than to count, as instructions, for builds
//! without optimisation.
//!
//! PERF: a pair outside every scope takes 390 instructions so and 660 by the code in `hook`, of
//! which closures that find the thread are most. A build with debug assertions is taken for one
//! that is not optimised; the runtime's own unit tests and Miri run the code that this stands for.
//! Words are written in the order in which that code writes them.

use super::ThreadState;
use crate::machine::at;
use crate::thread::size_class::SMALL_MAX;
use std::arch::asm;
use std::mem::offset_of;
use std::ptr;

/// Counts an allocation of `size` bytes, not 0, that is about to be made; `false`, and nothing is
/// counted, where there is more to do.
#[inline(always)]
pub(crate) fn alloc(size: usize) -> bool {
    // SAFETY: this thread runs until the end.
    let thread: &ThreadState = unsafe { at(ThreadState::address()) };
    let counted: u64;
    // SAFETY: what `hook` does: only this thread writes its state; `sizes` is null, has its highest
    // bit set, or points to a counter for each small class.
    unsafe {
        asm!(
            "mov {sizes}, [{thread} + {SIZES}]",
            "test {sizes}, {sizes}",
            "js 4f",
            "jz 3f",
            "cmp {size}, {SMALL_MAX}",
            "ja 4f",
            "mov {live}, [{thread} + {BYTES}]",
            "add {live}, {size}",
            "sub {live}, [{thread} + {FREED}]",
            "cmp {live}, [{thread} + {PEAK}]",
            "jle 2f",
            "mov {word}, [{thread} + {FREED}]",
            "add {word}, [{thread} + {PEAK}]",
            "mov [{thread} + {RAISED_FROM}], {word}",
            "mov [{thread} + {PEAK}], {live}",
            "2:",
            "lea {word}, [{size} + 15]",
            "shr {word}, 4",
            "add qword ptr [{sizes} + 8*{word}], 1",
            "3:",
            "add [{thread} + {BYTES}], {size}",
            "add qword ptr [{thread} + {ALLOCS}], 1",
            "mov {sizes:e}, 1",
            "jmp 5f",
            "4:",
            "xor {sizes:e}, {sizes:e}",
            "5:",
            thread = in(reg) ptr::from_ref(thread),
            size = in(reg) size,
            sizes = out(reg) counted,
            live = out(reg) _,
            word = out(reg) _,
            SMALL_MAX = const SMALL_MAX,
            SIZES = const offset_of!(ThreadState, sizes),
            ALLOCS = const offset_of!(ThreadState, counters.allocs),
            BYTES = const offset_of!(ThreadState, counters.bytes),
            FREED = const offset_of!(ThreadState, counters.freed),
            PEAK = const offset_of!(ThreadState, peak),
            RAISED_FROM = const offset_of!(ThreadState, raised_from),
            options(nostack),
        );
    }
    counted != 0
}

/// Counts a free of a small block; `false`, and nothing is counted, where there is more to do.
#[inline(always)]
pub(crate) fn free(block: *mut u8, size: usize) -> bool {
    // SAFETY: this thread runs until the end.
    let thread: &ThreadState = unsafe { at(ThreadState::address()) };
    let counted: u64;
    // SAFETY: only this thread writes its state; the block is not touched.
    unsafe {
        asm!(
            "xor {counted:e}, {counted:e}",
            "test {block}, [{thread} + {SLOW_FREES}]",
            "jnz 2f",
            "add [{thread} + {FREED}], {size}",
            "add qword ptr [{thread} + {FREES}], 1",
            "mov {counted:e}, 1",
            "2:",
            thread = in(reg) ptr::from_ref(thread),
            block = in(reg) block,
            size = in(reg) size,
            counted = out(reg) counted,
            SLOW_FREES = const offset_of!(ThreadState, slow_frees),
            FREED = const offset_of!(ThreadState, counters.freed),
            FREES = const offset_of!(ThreadState, counters.frees),
            options(nostack),
        );
    }
    counted != 0
}
