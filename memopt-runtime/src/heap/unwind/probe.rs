//! Rules that are not known yet: `framehop` is asked, with made-up registers, and what it does with
//! them is the rule.
//!
//! `framehop` reads the unwind information of an address and applies it to registers and a stack.
//! Here the stack pointer and the frame pointer are far apart, and each word it reads from the
//! stack is one that only this read could have given; so where the caller's registers come from can
//! be read off the result. That makes `framehop` a compiler of rules that runs once for each
//! address, and its work space need not be one for each thread: a few for the process do.

use super::rule::{Rule, Step, Table};
use super::stack;
use super::work_space::{Cache, Claim};
use crate::heap::modules::{self, List};
use framehop::{FrameAddress, UnwindRegsNative, Unwinder};

/// Finds out the rule of a return address and remembers it.
#[cold]
#[inline(never)]
pub(super) fn rule(pc: usize, rules: &Table) -> Rule {
    if !has_room() {
        return Rule::UNKNOWN;
    }
    let Some(mut claim) = Claim::new() else { return Rule::UNKNOWN };
    let Some((list, cache)) = parts(&mut claim) else { return Rule::UNKNOWN };
    if !list.holds(pc) {
        modules::mark_stale();
    }
    let mut rule = ask(pc, list.unwinder(), cache);
    // What a signal's frame returns to looks as if nothing were known of it, as `framehop` does not
    // read the expressions it is described with; by frame pointers its caller would be made up.
    if rule.is_frame_pointers() && is_signal_return(pc) {
        rule = Rule::END;
    }
    rules.set(pc, list.generation(), rule);
    rule
}

/// The list of modules and the work space, for as long as it is claimed.
fn parts(claim: &mut Claim) -> Option<(&List, &mut Cache)> {
    let cache = claim.cache();
    let list = modules::current(claim)?;
    // SAFETY: null, or from `Box::into_raw` in `prepare` and never freed; who has the claim has it
    // alone, and the claim is borrowed for as long as the two are.
    Some((list, unsafe { cache.as_mut() }?))
}

/// Stack that finding out a rule may take on a signal's alternate stack, at most. Bytes.
const ROOM: usize = if cfg!(debug_assertions) { 6 << 10 } else { 3 << 10 };

/// The same on a thread's own stack, where code that is not optimised was seen to take 11 KiB.
const ROOM_OF_THREAD: usize = if cfg!(debug_assertions) { 13 << 10 } else { 4 << 10 };

/// Whether there is stack enough to find out a rule: not on a small alternate stack of a signal's
/// handler, nor at the end of a thread's. (The standard library gives its threads 8 KiB for
/// signals, which the kernel's frame shares; code that is not optimised was seen to need more.)
fn has_room() -> bool {
    // SAFETY: a struct of plain words.
    let mut alternate: libc::stack_t = unsafe { std::mem::zeroed() };
    // SAFETY: asks only.
    let known = unsafe { libc::sigaltstack(std::ptr::null(), &raw mut alternate) } == 0;
    let here = (&raw const alternate).addr();
    if known && alternate.ss_flags & libc::SS_ONSTACK != 0 {
        return here.wrapping_sub(alternate.ss_sp.addr()) >= ROOM;
    }
    // Below a thread's stack lies a page that cannot be read. The main thread's grows when it is
    // used.
    // SAFETY: both ask only.
    let is_main = unsafe { libc::syscall(libc::SYS_gettid) == libc::c_long::from(libc::getpid()) };
    is_main || stack::is_readable(here.saturating_sub(ROOM_OF_THREAD), here)
}

/// The registers that are made up, further apart than any frame is large.
const SP: u64 = 0x1000_0000_0000;
const FP: u64 = 0x2000_0000_0000;
/// What the reads give: this and their number.
const WORD: u64 = 0x3000_0000_0000;

fn ask(pc: usize, unwinder: &modules::Unwinder, cache: &mut Cache) -> Rule {
    let Some(address) = FrameAddress::from_return_address(pc as u64) else { return Rule::END };
    let mut read = [0; 4];
    let mut reads = 0;
    let mut read_word = |address| {
        *read.get_mut(reads).ok_or(())? = address;
        reads += 1;
        Ok(WORD + reads as u64)
    };
    // Its first is the instruction pointer on one machine and the link register on the other;
    // either is the return address.
    let mut registers = UnwindRegsNative::new(pc as u64, SP, FP);
    let returns_to = match unwinder.unwind_frame(address, &mut registers, cache, &mut read_word) {
        Ok(Some(returns_to)) => returns_to,
        Ok(None) => return Rule::END,
        Err(_) => return Rule::UNKNOWN,
    };
    #[cfg(target_arch = "x86_64")]
    let (sp, fp) = (registers.sp(), registers.bp());
    #[cfg(target_arch = "aarch64")]
    let (sp, fp) = (registers.sp(), registers.fp());
    // Where a word was read, from the caller's stack on.
    let place = |word: u64| {
        let at = read[..reads].get(usize::try_from(word.checked_sub(WORD + 1)?).ok()?)?;
        Some(at.wrapping_sub(sp).cast_signed() as isize)
    };
    let from_fp = sp.abs_diff(FP) < sp.abs_diff(SP);
    let fp_at = if fp == FP { Some(None) } else { place(fp).map(Some) };
    let step = place(returns_to).zip(fp_at).map(|(return_at, fp_at)| Step {
        from_fp,
        distance: sp.wrapping_sub(if from_fp { FP } else { SP }).cast_signed() as isize,
        return_at,
        fp_at,
    });
    step.and_then(Rule::new).unwrap_or(Rule::UNKNOWN)
}

/// Whether the code at `pc` is what the kernel has a signal handler return to: the call of
/// `rt_sigreturn`.
fn is_signal_return(pc: usize) -> bool {
    #[cfg(target_arch = "x86_64")]
    const CALLS: [&[u8]; 2] =
        [&[0x48, 0xC7, 0xC0, 15, 0, 0, 0, 0x0F, 0x05], &[0xB8, 15, 0, 0, 0, 0x0F, 0x05]];
    #[cfg(target_arch = "aarch64")]
    const CALLS: [&[u8]; 1] = [&[0x68, 0x11, 0x80, 0xD2, 0x01, 0, 0, 0xD4]];
    let mut code = [0usize; 2];
    // By the kernel: the address need not be one of code.
    if !stack::copy(pc, &mut code) {
        return false;
    }
    let [low, high] = code.map(usize::to_ne_bytes);
    CALLS.iter().any(|call| low.iter().chain(&high).zip(*call).all(|(is, should)| is == should))
}
