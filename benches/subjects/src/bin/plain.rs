//! The baseline: a wrapper that forwards all four methods to the system allocator, and plain
//! functions.

use std::hint::black_box;
use std::time::Duration;

use memopt_subjects::calls::{SITES, STEPS, Step, steps};
use memopt_subjects::wrapped::Wrapped;
use memopt_subjects::{Bench, Part, alloc, bench, plus, serve, tracked};

#[global_allocator]
static ALLOC: Wrapped = Wrapped;

mod bare {
    memopt_subjects::functions!(memopt_subjects::calls::nothing);
}

#[inline(never)]
fn empty_at(place: &str, step: &Step) {
    black_box((place, step));
}

/// Calls of an empty function that is told one of 200 places, the counterpart of entering one of
/// 200 sites.
fn many(iterations: u64) -> Duration {
    let places = ["a place"; SITES];
    let steps = steps();
    bench::timed(iterations, |i| {
        let step = &steps[i as usize % STEPS];
        empty_at(places[step.site], step);
    })
}

const BENCHES: &[Bench] = &[
    Bench::new("alloc64", &[plus(alloc::pairs)]),
    Bench::new("alloc64_in_scope", &[plus(alloc::pairs)]),
    Bench::new("json1m", &[plus(bare::json)]),
    Bench::new("scope", &[plus(bare::calls)]),
    Bench::new("scope_same", &[plus(bare::calls)]),
    Bench::new("scope_200", &[plus(many)]),
    Bench::fixed("scope_paced", &[plus(bare::paced)], 2048),
    Bench::new("poll", &[plus(bare::polls)]),
    Bench::new("poll_long", &[plus(bare::long_polls)]),
];

const JSON: &[Part] = &[plus(bare::json)];

fn main() {
    let tracked = tracked::benches(JSON);
    let benches: Vec<Bench> = BENCHES.iter().copied().chain(tracked).collect();
    serve(&benches, || ());
}
