//! The calling thread's stack: names, inlined calls, depth, garbage in the frame pointer, stacks
//! that are not a thread's own.
#![cfg(all(
    feature = "track",
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
))]

use memopt_runtime::__private::modules::refresh;
use memopt_runtime::__private::unwind::{Walk, capture, walk};
use memopt_runtime::report::{HeapReport, Line, StackFrame};
use std::alloc::{GlobalAlloc, Layout, System};
use std::arch::global_asm;
use std::cell::Cell;
use std::hint::black_box;
use std::thread;

/// Counts what each thread allocates.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: forwards to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's contract.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOC: Counting = Counting;

/// The lines of return addresses, one list for each.
fn lines(frames: &[usize]) -> Vec<Vec<Line>> {
    let frame = |&address: &usize| StackFrame::new(address as u64 - 1, Vec::new());
    let mut report = HeapReport::default();
    report.frames = frames.iter().map(frame).collect();
    memopt_runtime::heap::resolve(&mut report);
    report.frames.into_iter().map(|frame| frame.lines).collect()
}

/// Where the first line of a function with this name stands.
fn find(lines: &[Vec<Line>], name: &str) -> usize {
    let has = |lines: &Vec<Line>| lines.iter().any(|line| line.function.ends_with(name));
    lines.iter().position(has).unwrap_or_else(|| panic!("`{name}` is not in {lines:#?}"))
}

#[inline(never)]
fn innermost(frames: &mut [usize]) -> Walk {
    black_box(walk(black_box(frames)))
}

#[inline(always)]
fn inlined(frames: &mut [usize]) -> Walk {
    black_box(innermost(black_box(frames)))
}

#[inline(never)]
fn outer(frames: &mut [usize]) -> Walk {
    black_box(inlined(black_box(frames)))
}

#[test]
fn a_stack_names_its_functions_and_the_inlined_ones() {
    refresh();
    let mut frames = [0; 100];
    let walk = outer(&mut frames);
    assert!(walk.whole, "{walk:?}");
    let lines = lines(&frames[..walk.frames]);
    assert_eq!(find(&lines, "stacks::innermost"), 0);
    assert_eq!(
        (find(&lines, "stacks::inlined"), find(&lines, "stacks::outer")),
        (1, 1),
        "{:#?}",
        lines[1]
    );
    assert_eq!(find(&lines, "a_stack_names_its_functions_and_the_inlined_ones"), 2);
    let named: Vec<_> = lines[1].iter().map(|line| line.function.as_str()).collect();
    assert_eq!(named, ["stacks::inlined", "stacks::outer"]);
    let line = &lines[0][0];
    assert!(line.file.ends_with("tests/stacks.rs") && line.line > 0, "{line:?}");
}

#[test]
fn modules_hold_the_addresses() {
    refresh();
    let mut frames = [0; 100];
    let taken = capture(&mut frames);
    let mut report = HeapReport::default();
    memopt_runtime::heap::resolve(&mut report);
    for address in frames[..taken].iter().map(|&address| address as u64 - 1) {
        let module =
            report.modules.iter().find(|module| (module.start..module.end).contains(&address));
        assert!(
            module.is_some_and(|module| !module.path.is_empty()),
            "{address:x} in {:#?}",
            report.modules
        );
    }
    assert!(report.modules[0].path.contains("stacks-"), "{:?}", report.modules[0]);
    let libc = report.modules.iter().find(|module| module.path.contains("libc.so")).unwrap();
    assert!(
        libc.build_id.len() >= 16 && libc.build_id.bytes().all(|digit| digit.is_ascii_hexdigit()),
        "{libc:?}"
    );
}

#[inline(never)]
fn down(depth: usize, frames: &mut [usize]) -> Walk {
    if depth == 0 { walk(frames) } else { black_box(down(black_box(depth - 1), frames)) }
}

#[test]
fn a_deep_stack_fills_the_room_there_is() {
    refresh();
    let mut frames = vec![0; 4096];
    assert_eq!(down(2000, &mut frames[..64]), Walk { frames: 64, whole: false });
    assert_eq!(down(2000, &mut frames[..0]), Walk { frames: 0, whole: false });
    let walk = down(2000, &mut frames);
    assert!(walk.whole && (2001..2100).contains(&walk.frames), "{walk:?}");
    assert_eq!(
        find(&lines(&frames[1990..walk.frames]), "a_deep_stack_fills_the_room_there_is"),
        11
    );
}

#[test]
fn nothing_is_allocated_on_the_way() {
    refresh();
    let mut frames = [0; 100];
    let check = move || {
        let before = ALLOCATIONS.get();
        // The first walk of this thread, over addresses of which some were never seen.
        let walk = outer(&mut frames);
        assert_eq!(ALLOCATIONS.get() - before, 0);
        assert!(walk.whole && walk.frames > 4, "{walk:?}");
    };
    thread::spawn(check).join().unwrap();
}

// Functions without unwind information: `smash` puts its second argument into the frame pointer,
// calls the first, and puts the frame pointer back.
#[cfg(target_arch = "x86_64")]
global_asm!(
    ".text",
    ".globl memopt_smash",
    "memopt_smash:",
    "push rbp",
    "mov rbp, rsi",
    "call rdi",
    "pop rbp",
    "ret",
    // The same and keeps the frame pointers' chain.
    ".globl memopt_chain",
    "memopt_chain:",
    "push rbp",
    "mov rbp, rsp",
    "call rdi",
    "pop rbp",
    "ret",
    // Its third argument is a stack to call the first on.
    ".globl memopt_switch",
    "memopt_switch:",
    "push rbp",
    "mov rbp, rsp",
    "mov rsp, rdx",
    "call rdi",
    "mov rsp, rbp",
    "pop rbp",
    "ret",
);
#[cfg(target_arch = "aarch64")]
global_asm!(
    ".text",
    ".globl memopt_smash",
    "memopt_smash:",
    "stp x29, x30, [sp, #-16]!",
    "mov x29, x1",
    "blr x0",
    "ldp x29, x30, [sp], #16",
    "ret",
    ".globl memopt_chain",
    "memopt_chain:",
    "stp x29, x30, [sp, #-16]!",
    "mov x29, sp",
    "blr x0",
    "ldp x29, x30, [sp], #16",
    "ret",
    ".globl memopt_switch",
    "memopt_switch:",
    "stp x29, x30, [sp, #-16]!",
    "mov x29, sp",
    "mov sp, x2",
    "blr x0",
    "mov sp, x29",
    "ldp x29, x30, [sp], #16",
    "ret",
);

unsafe extern "C" {
    fn memopt_smash(call: extern "C" fn(), frame_pointer: usize);
    fn memopt_chain(call: extern "C" fn(), unused: usize);
    fn memopt_switch(call: extern "C" fn(), unused: usize, stack: usize);
}

thread_local! {
    static SEEN: Cell<(Walk, [usize; 64])> = const { Cell::new((Walk { frames: 0, whole: false }, [0; 64])) };
}

extern "C" fn look() {
    let mut frames = [0; 64];
    let walk = walk(&mut frames);
    SEEN.set((walk, frames));
}

#[test]
fn garbage_in_the_frame_pointer_ends_the_walk() {
    refresh();
    let far = vec![1usize; 4].into_boxed_slice();
    let mut cycle = [0usize; 4];
    cycle[0] = (&raw const cycle).addr();
    cycle[1] = look as *const () as usize;
    let thread = (&raw const cycle).addr();
    for garbage in [
        8,
        1,
        thread + 3,
        thread,
        far.as_ptr().addr(),
        0xDEAD_BEEF_DEAD_BEE8,
        usize::MAX - 15,
        usize::MAX - 7,
        thread & !0xFFF,
    ] {
        // SAFETY: `memopt_smash` keeps to the calling convention.
        unsafe { memopt_smash(look, garbage) };
        let (walk, frames) = SEEN.get();
        // `look` and `smash`; a pointer into the stack may lead on, to what lies there.
        assert!(!walk.whole && walk.frames >= 2 && walk.frames < 64, "{garbage:x}: {walk:?}");
        assert_eq!(find(&lines(&frames[..1]), "stacks::look"), 0);
    }
    // SAFETY: as above.
    unsafe { memopt_smash(look, 0) };
    assert_eq!(SEEN.get().0, Walk { frames: 2, whole: true });
}

#[test]
fn frame_pointers_lead_through_code_without_unwind_information() {
    refresh();
    // SAFETY: `memopt_chain` keeps to the calling convention.
    unsafe { memopt_chain(look, 0) };
    let (walk, frames) = SEEN.get();
    assert!(walk.whole, "{walk:?}");
    let lines = lines(&frames[..walk.frames]);
    assert_eq!(find(&lines, "frame_pointers_lead_through_code_without_unwind_information"), 2);
}

#[test]
fn a_stack_that_is_not_the_thread_s_own_is_walked_to_its_end() {
    const LENGTH: usize = 64 << 10;
    refresh();
    // SAFETY: a mapping that is unmapped below, when nothing runs on it any more; `memopt_switch`
    // keeps to the calling convention and is given the stack's end, which is aligned.
    unsafe {
        let (access, kind) =
            (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        let stack = libc::mmap(std::ptr::null_mut(), LENGTH, access, kind, -1, 0);
        assert_ne!(stack, libc::MAP_FAILED);
        memopt_switch(look, 0, stack.byte_add(LENGTH).expose_provenance());
        assert_eq!(libc::munmap(stack, LENGTH), 0);
    }
    let (walk, frames) = SEEN.get();
    // `look` and `switch`, which lies on that stack; from there the chain leads back to this one,
    // further up or down.
    assert!(walk.frames >= 2, "{walk:?}");
    assert_eq!(find(&lines(&frames[..1]), "stacks::look"), 0);
}

#[test]
fn many_threads_walk_at_once_and_see_the_same() {
    refresh();
    let work = |_: usize| {
        thread::spawn(|| {
            let mut first = [0; 64];
            let taken = black_box(outer(&mut first));
            assert!(taken.whole, "{taken:?}");
            for round in 0..3000 {
                let mut frames = [0; 64];
                assert!(outer(&mut frames).whole);
                // The same but for the line in this function.
                assert_eq!(
                    (frames[0], &frames[1], &frames[3..]),
                    (first[0], &first[1], &first[3..]),
                    "round {round}"
                );
                if round % 1000 == 0 {
                    refresh();
                }
            }
        })
    };
    for round in 0..4 {
        let threads: Vec<_> = (0..8).map(work).collect();
        for thread in threads {
            thread.join().unwrap_or_else(|_| panic!("round {round}"));
        }
    }
}
