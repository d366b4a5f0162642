//! What a measurement is made of: named benches out of timed parts.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// One loop of a bench: does the given number of iterations and says how long they took.
pub type Run = fn(u64) -> Duration;

/// Says what there is to say besides the time, each with its name.
pub type Facts = fn() -> Vec<(&'static str, f64)>;

/// One loop and the sign with which its time enters the bench.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// `1.0` or `-1.0`.
    pub sign: f64,
    /// The loop.
    pub run: Run,
}

/// A loop whose time counts.
pub const fn plus(run: Run) -> Part {
    Part { sign: 1.0, run }
}

/// A loop whose time is taken off: work that the other loops do beside what is measured.
pub const fn minus(run: Run) -> Part {
    Part { sign: -1.0, run }
}

/// A named measurement.
#[derive(Clone, Copy, Debug)]
pub struct Bench {
    /// The name the driver asks for.
    pub name: &'static str,
    /// The loops; the result is the signed sum of their times per iteration.
    pub parts: &'static [Part],
    /// Iterations in one turn, where they must not follow from the time a turn should take.
    pub iterations: Option<u64>,
    /// Whether an iteration is the work of two threads, of which the loops start the second
    /// themselves.
    pub pair: bool,
    /// What there is to say besides the time.
    pub facts: Option<Facts>,
}

impl Bench {
    /// A bench of these parts, as many iterations as fit into a turn.
    pub const fn new(name: &'static str, parts: &'static [Part]) -> Self {
        Self { name, parts, iterations: None, pair: false, facts: None }
    }

    /// A bench that always does this many iterations in a turn.
    pub const fn fixed(name: &'static str, parts: &'static [Part], iterations: u64) -> Self {
        Self { iterations: Some(iterations), ..Self::new(name, parts) }
    }

    /// A bench whose loops are each the work of two threads.
    pub const fn pair(name: &'static str, parts: &'static [Part]) -> Self {
        Self { pair: true, ..Self::new(name, parts) }
    }

    /// The same bench, with something to say besides the time.
    #[must_use]
    pub const fn with_facts(self, facts: Facts) -> Self {
        Self { facts: Some(facts), ..self }
    }

    /// How long all parts take together, whatever their signs.
    pub fn length(&self, iterations: u64) -> Duration {
        self.parts.iter().map(|part| (part.run)(iterations)).sum()
    }

    /// Nanoseconds per iteration, the parts summed with their signs.
    pub fn measure(&self, iterations: u64) -> f64 {
        let total: f64 = self
            .parts
            .iter()
            .map(|part| part.sign * (part.run)(iterations).as_nanos() as f64)
            .sum();
        total / iterations as f64
    }
}

/// Times a loop of `iterations` calls of `work`, which receives the number of the iteration.
#[inline(always)]
pub fn timed(iterations: u64, mut work: impl FnMut(u64)) -> Duration {
    let start = on_core();
    for i in 0..iterations {
        work(i);
    }
    on_core().saturating_sub(start)
}

/// Time this thread has had a core. Unlike the time of day it does not run on while another program
/// is scheduled instead, which on a machine with as many threads as cores would be most of the
/// noise. Reading it takes some 200 ns.
pub fn on_core() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}
