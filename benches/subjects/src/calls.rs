//! What a measured function is called with, and how fast.
//!
//! A scope's cost depends on the values it records: the same value again hits the same histogram
//! slot. So every call gets another [`Step`] of a sequence drawn once, and a tool that can move its
//! counters without calling malloc does what the step says.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Number of steps in the sequence, a power of two.
pub const STEPS: usize = 4096;

/// Number of sites in the benches that use many.
pub const SITES: usize = 200;

/// What one call pretends to allocate and free.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Bytes of each block allocated: 16 B to 512 KiB, spread evenly over the powers of two.
    pub allocated: usize,
    /// Blocks of that size, 1 to 4, in a pattern short enough for the branch predictor, so that the
    /// tool is seen and not mispredicted branches.
    pub blocks: usize,
    /// Bytes of each block freed: what the step before allocated, so that calls retain, and give
    /// back, varying amounts and nothing grows without bound.
    pub freed: usize,
    /// Blocks of that size that are freed.
    pub freed_blocks: usize,
    /// A site, at random.
    pub site: usize,
}

/// The sequence, the same in every program and every run.
///
/// # Panics
///
/// Never: the sequence has the length it is made with.
pub fn steps() -> &'static [Step; STEPS] {
    static DRAWN: OnceLock<Box<[Step; STEPS]>> = OnceLock::new();
    DRAWN.get_or_init(|| {
        let mut random = Random::new(0x5eed);
        let nothing = Step { allocated: 0, blocks: 0, freed: 0, freed_blocks: 0, site: 0 };
        let mut drawn = vec![nothing; STEPS];
        for (i, step) in drawn.iter_mut().enumerate() {
            let base = 1_usize << (4 + random.below(15));
            step.allocated = base + random.below(base as u64) as usize;
            step.blocks = [1, 2, 1, 3, 1, 1, 4, 2][i % 8];
            step.site = random.below(SITES as u64) as usize;
        }
        // The sequence is a ring: the first step frees what the last one allocated.
        for i in 0..STEPS {
            let before = drawn[(i + STEPS - 1) % STEPS];
            drawn[i].freed = before.allocated;
            drawn[i].freed_blocks = before.blocks;
        }
        drawn.try_into().expect("as many as were asked for")
    })
}

/// The body of a function that does nothing.
#[inline(always)]
pub fn nothing(_: &Step) {}

/// Calls in a burst of [`paced`].
const BURST: u64 = 64;

/// Time given to each call by [`paced`], on average.
const PACE: Duration = Duration::from_micros(2);

/// Times `iterations` calls at one per 2 µs on average: bursts of 64, timed, each followed by a
/// pause that is not. A tool whose calls are finished by a worker thread gets the time to keep up,
/// and the clock is read twice in 64 calls.
#[inline(always)]
pub fn paced(iterations: u64, mut call: impl FnMut(u64)) -> Duration {
    let mut total = Duration::ZERO;
    let mut done = 0;
    while done < iterations {
        let burst = BURST.min(iterations - done);
        let start = Instant::now();
        for i in 0..burst {
            call(done + i);
        }
        total += start.elapsed();
        done += burst;
        while start.elapsed() < PACE * burst as u32 {
            std::hint::spin_loop();
        }
    }
    total
}

/// xorshift64*: the sequence must be the same everywhere, not unpredictable.
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// A generator; the seed must not be zero.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) % limit
    }
}
