//! Entry and exit of a plain call as instructions, for builds without optimisation.
//!
//! PERF: the compiler makes 310 and 370 instructions of the code in `scope::entry` and
//! `scope::exit` there, and 39 and 43 of this. A build with debug assertions is taken for one that
//! is not optimised. The runtime's own unit tests and Miri run the code that this stands for; all
//! other tests, as they are built with debug assertions, run this.
//!
//! Each word is read and written by an aligned `mov`, or added to by one instruction, which is a
//! relaxed load and store on this machine; they are written in the order in which that code writes
//! them, so a reader or a signal handler finds no state that it would not find there.

use super::frame::Frame;
use super::node::Node;
use crate::site::{Measured, Site};
use crate::thread::state::ThreadState;
use std::arch::asm;
use std::mem::offset_of;
use std::ptr;

/// Opens a frame of a site's node above the innermost one; null, and nothing is done, where more is
/// to be done for it.
#[inline(always)]
pub(crate) fn open(thread: &ThreadState, site: &'static Site) -> *const Frame {
    let opened: *const Frame;
    // SAFETY: what `scope::entry` does for a call: `top` is null or a frame of this thread's shard
    // that is not the last; then the table of children is set, and holds nodes, which are never
    // unmapped.
    unsafe {
        asm!(
            "mov {top}, [{thread} + {TOP}]",
            "test {top}, {top}",
            "jz 2f",
            // The key of the child, and where it belongs.
            "mov {word}, [{top} + {F_NODE}]",
            "shl {word}, 41",
            "add {word}, {site}",
            "mov {node}, {FIBONACCI}",
            "imul {node}, {word}",
            "shr {node}, 45",
            "and {node}, [{thread} + {MASK}]",
            "add {node}, [{thread} + {CHILDREN}]",
            "mov {node}, [{node}]",
            "cmp {word}, [{node} + {KEY}]",
            "jne 2f",
            // It is not open, and its gate is not reached.
            "mov {word}, [{node} + {CALLS}]",
            "ror {word}, 1",
            "cmp {word}, [{node} + {GATE}]",
            "jae 2f",
            "add qword ptr [{node} + {CALLS}], 1",
            // The thread's counters at entry.
            "add {top}, {FRAME}",
            "mov {word}, [{thread} + {ALLOCS}]",
            "mov [{top} + {F_ALLOCS}], {word}",
            "mov {word}, [{thread} + {BYTES}]",
            "mov [{top} + {F_BYTES}], {word}",
            "mov {other}, [{thread} + {FREED}]",
            "mov [{top} + {F_FREED}], {other}",
            "sub {word}, {other}",
            "mov {other}, [{thread} + {FREES}]",
            "mov [{top} + {F_FREES}], {other}",
            "mov {other}, [{thread} + {PEAK}]",
            "mov [{top} + {F_PEAK}], {other}",
            "mov [{thread} + {PEAK}], {word}",
            "mov [{top} + {F_NODE}], {node}",
            "mov dword ptr [{top} + {F_FLAGS}], 0",
            "mov {word}, [{node} + {SIZES}]",
            "add {word}, [{thread} + {LOOK}]",
            "mov [{thread} + {T_SIZES}], {word}",
            "mov [{thread} + {TOP}], {top}",
            "jmp 3f",
            "2:",
            "xor {top:e}, {top:e}",
            "3:",
            thread = in(reg) ptr::from_ref(thread),
            site = in(reg) ptr::from_ref(site),
            top = out(reg) opened,
            word = out(reg) _,
            node = out(reg) _,
            other = out(reg) _,
            FIBONACCI = const super::children::FIBONACCI.cast_signed(),
            FRAME = const size_of::<Frame>(),
            TOP = const offset_of!(ThreadState, counters.top),
            ALLOCS = const offset_of!(ThreadState, counters.allocs),
            BYTES = const offset_of!(ThreadState, counters.bytes),
            FREES = const offset_of!(ThreadState, counters.frees),
            FREED = const offset_of!(ThreadState, counters.freed),
            PEAK = const offset_of!(ThreadState, peak),
            T_SIZES = const offset_of!(ThreadState, sizes),
            LOOK = const offset_of!(ThreadState, look),
            MASK = const offset_of!(ThreadState, children_mask),
            CHILDREN = const offset_of!(ThreadState, children),
            KEY = const offset_of!(Node, key),
            CALLS = const offset_of!(Node, calls),
            GATE = const offset_of!(Node, gate),
            SIZES = const offset_of!(Node, sizes),
            F_NODE = const offset_of!(Frame, node),
            F_ALLOCS = const offset_of!(Frame, allocs),
            F_BYTES = const offset_of!(Frame, bytes),
            F_FREES = const offset_of!(Frame, frees),
            F_FREED = const offset_of!(Frame, freed),
            F_PEAK = const offset_of!(Frame, peak),
            F_FLAGS = const offset_of!(Frame, flags),
            options(nostack),
        );
    }
    opened
}

/// How a call was closed.
pub(crate) enum Closed {
    /// Not at all: its frame is not the innermost, or has flags.
    Open,
    /// It counted nothing, and its node knows.
    Idle(*const Node),
    /// What it counted is added to its node, and still to be recorded.
    Busy(*const Node, Measured),
}

/// Closes a frame, not null, as a finished call.
#[inline(always)]
#[expect(clippy::similar_names, reason = "frees and freed are what the counters are called")]
pub(crate) fn close(thread: &ThreadState, frame: *const Frame) -> Closed {
    let (how, allocs, bytes, frees, freed, peak): (u64, u64, u64, u64, u64, u64);
    // As it was when the frame was closed: a signal handler may open that frame again.
    let node: *const Node;
    // SAFETY: what `scope::exit` does for a call: a frame equal to the innermost one is one of this
    // thread's shard and has one below it; one without flags has a site's node.
    unsafe {
        asm!(
            "mov {how:e}, 0",
            "cmp {frame}, [{thread} + {TOP}]",
            "jne 4f",
            "cmp dword ptr [{frame} + {F_FLAGS}], 0",
            "jne 4f",
            "mov {node}, [{frame} + {F_NODE}]",
            "add qword ptr [{node} + {CALLS}], 1",
            "mov {allocs}, [{thread} + {ALLOCS}]",
            "sub {allocs}, [{frame} + {F_ALLOCS}]",
            // The frame below is the innermost again.
            "lea {how}, [{frame} - {FRAME}]",
            "mov [{thread} + {TOP}], {how}",
            "mov {how}, [{how} + {F_NODE}]",
            "mov {how}, [{how} + {SIZES}]",
            "add {how}, [{thread} + {LOOK}]",
            "mov [{thread} + {T_SIZES}], {how}",
            "mov {frees}, [{thread} + {FREES}]",
            "sub {frees}, [{frame} + {F_FREES}]",
            "mov {bytes}, [{thread} + {BYTES}]",
            "sub {bytes}, [{frame} + {F_BYTES}]",
            "mov {freed}, [{thread} + {FREED}]",
            "sub {freed}, [{frame} + {F_FREED}]",
            "mov {peak}, [{frame} + {F_PEAK}]",
            "mov {how}, {bytes}",
            "or {how}, {freed}",
            "jnz 2f",
            "mov [{thread} + {PEAK}], {peak}",
            "add qword ptr [{node} + {IDLE}], 1",
            "mov {how:e}, 1",
            "jmp 4f",
            "2:",
            // The peak goes on with the larger of the two.
            "mov {how}, [{thread} + {PEAK}]",
            "cmp {how}, {peak}",
            "cmovg {peak}, {how}",
            "mov [{thread} + {PEAK}], {peak}",
            // At entry it was what was live.
            "mov {peak}, {how}",
            "sub {peak}, [{frame} + {F_BYTES}]",
            "add {peak}, [{frame} + {F_FREED}]",
            "add [{node} + {N_ALLOCS}], {allocs}",
            "add [{node} + {N_BYTES}], {bytes}",
            "add [{node} + {N_FREES}], {frees}",
            "add [{node} + {N_FREED}], {freed}",
            "mov {how:e}, 2",
            "4:",
            thread = in(reg) ptr::from_ref(thread),
            frame = in(reg) frame,
            node = out(reg) node,
            how = out(reg) how,
            allocs = out(reg) allocs,
            bytes = out(reg) bytes,
            frees = out(reg) frees,
            freed = out(reg) freed,
            peak = out(reg) peak,
            FRAME = const size_of::<Frame>(),
            TOP = const offset_of!(ThreadState, counters.top),
            ALLOCS = const offset_of!(ThreadState, counters.allocs),
            BYTES = const offset_of!(ThreadState, counters.bytes),
            FREES = const offset_of!(ThreadState, counters.frees),
            FREED = const offset_of!(ThreadState, counters.freed),
            PEAK = const offset_of!(ThreadState, peak),
            T_SIZES = const offset_of!(ThreadState, sizes),
            LOOK = const offset_of!(ThreadState, look),
            CALLS = const offset_of!(Node, calls),
            SIZES = const offset_of!(Node, sizes),
            IDLE = const offset_of!(Node, idle),
            N_ALLOCS = const offset_of!(Node, allocs),
            N_BYTES = const offset_of!(Node, bytes),
            N_FREES = const offset_of!(Node, frees),
            N_FREED = const offset_of!(Node, freed),
            F_NODE = const offset_of!(Frame, node),
            F_ALLOCS = const offset_of!(Frame, allocs),
            F_BYTES = const offset_of!(Frame, bytes),
            F_FREES = const offset_of!(Frame, frees),
            F_FREED = const offset_of!(Frame, freed),
            F_PEAK = const offset_of!(Frame, peak),
            F_FLAGS = const offset_of!(Frame, flags),
            options(nostack),
        );
    }
    match how {
        0 => Closed::Open,
        1 => Closed::Idle(node),
        _ => Closed::Busy(node, Measured { allocs, bytes, frees, freed, peak }),
    }
}
