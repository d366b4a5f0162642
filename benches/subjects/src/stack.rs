//! A stack of calls, to be walked from its inner end.

use std::hint::black_box;
use std::time::Duration;

use crate::bench::timed;

/// Frames that are taken.
pub const FRAMES: usize = 40;

/// Writes the frames of the stack it is called on and says how many.
pub type Walk = fn(&mut [usize; FRAMES]) -> usize;

/// Walks again and again, below more calls than are taken.
pub fn walks(iterations: u64, walk: Walk) -> Duration {
    below(FRAMES, &mut |frames| timed(iterations, |_| _ = black_box(walk(black_box(frames)))))
}

/// How many frames a walk takes.
pub fn taken(walk: Walk) -> Vec<(&'static str, f64)> {
    let mut taken = 0;
    below(FRAMES, &mut |frames| {
        taken = walk(frames);
        Duration::ZERO
    });
    vec![("frames", taken as f64)]
}

#[inline(never)]
fn below(depth: usize, work: &mut dyn FnMut(&mut [usize; FRAMES]) -> Duration) -> Duration {
    if depth == 0 { work(&mut [0; FRAMES]) } else { black_box(below(black_box(depth - 1), work)) }
}
