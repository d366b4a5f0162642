//! The stack of the calling thread, taken from inside the allocator.
//!
//! No room here allocates, takes a lock or panics; only
//! [`modules::refresh`](super::modules::refresh), outside of the hook, makes what is needed. Rooms:
//! `registers` (where a walk starts), `stack` (what may be read), `rule` (how a frame is left,
//! remembered by address), `probe` (rules that are not known yet, by `framehop`) in a `work_space`.

mod probe;
mod registers;
mod rule;
mod stack;
mod work_space;

pub(super) use self::work_space::{Claim, own_bytes, prepare, quiescent};
pub use super::walk::Walk;

use self::rule::{Registers, Table};
use self::stack::Stack;
use super::modules;

/// The rules of all return addresses that were seen.
static RULES: Table = Table::new();

/// Writes the return addresses of the calling thread's stack, innermost first, and says how many;
/// the first is one in the caller.
///
/// # Cost
///
/// PERF: 6 ns a frame, 250 ns for 40 (as in `unwind40`), once its addresses are known; 6 µs by the
/// system's unwinder. A new address takes some microseconds, mostly for pages of unwind information
/// that were never touched.
///
/// # Limits
///
/// None are written before [`modules::refresh`](super::modules::refresh) was called. A stack ends
/// early at a signal's frame, at code without unwind information that keeps no frame pointers, and
/// when there is no room for more: [`walk`] says so. On an alternate stack with less than 3 KiB
/// left (6 KiB in a build that is not optimised) it ends at the first function that was not met
/// before.
#[inline(always)]
pub fn capture(frames: &mut [usize]) -> usize {
    walk(frames).frames
}

/// As [`capture`], without the functions whose frames lie below `above`, an address on the stack:
/// the first return address leads to the caller of the function that has it in its frame.
#[inline(never)]
pub(super) fn capture_above(above: usize, frames: &mut [usize]) -> usize {
    walk_here(above, frames).frames
}

/// As [`capture`], and says whether that was all.
#[inline(never)]
pub fn walk(frames: &mut [usize]) -> Walk {
    walk_here(0, frames)
}

#[inline(always)]
fn walk_here(above: usize, frames: &mut [usize]) -> Walk {
    let registers = registers::here();
    let generation = modules::generation();
    if generation == 0 {
        return Walk { frames: 0, whole: false };
    }
    climb(registers, &mut Stack::above(registers.sp), generation, above, frames)
}

/// Goes from caller to caller.
#[inline(always)]
fn climb(
    mut at: Registers,
    stack: &mut Stack,
    generation: u16,
    above: usize,
    frames: &mut [usize],
) -> Walk {
    let mut taken = 0;
    while let Some(frame) = frames.get_mut(taken) {
        let rule = RULES.get(at.pc, generation).unwrap_or_else(|| probe::rule(at.pc, &RULES));
        let step = match rule.step() {
            Ok(step) => step,
            Err(whole) => return Walk { frames: taken, whole },
        };
        // Code that keeps frame pointers has none left in its outermost frame.
        if step.from_fp && at.fp == 0 {
            return Walk { frames: taken, whole: true };
        }
        let sp = if step.from_fp { at.fp } else { at.sp }.wrapping_add_signed(step.distance);
        // A caller lies further up, whatever the registers say: so every walk ends.
        if sp <= at.sp || !stack.reaches(sp) {
            break;
        }
        let Some(pc) = stack.word(sp.wrapping_add_signed(step.return_at)) else { break };
        if let Some(fp_at) = step.fp_at {
            let Some(fp) = stack.word(sp.wrapping_add_signed(fp_at)) else { break };
            at.fp = fp;
        }
        if pc == 0 {
            return Walk { frames: taken, whole: true };
        }
        at.pc = registers::unsigned(pc);
        at.sp = sp;
        // A function whose frame ends below is one to leave out, and so is the one it returns to.
        if sp > above {
            *frame = at.pc;
            taken += 1;
        }
    }
    Walk { frames: taken, whole: false }
}
