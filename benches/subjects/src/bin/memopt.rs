//! memopt: per-thread counters, a scope for each annotated call.
//!
//! An empty function allocates nothing, so its scope would record zeros. `simulate_alloc` and
//! `simulate_free` move the thread's counters as an allocation would, without one; what they cost
//! is measured in the same turn and taken off.

use std::hint::black_box;
use std::time::Duration;

use memopt_subjects::calls::{STEPS, Step, steps};
use memopt_subjects::{Bench, alloc, bench, minus, plus, serve, ten};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

#[inline(always)]
fn simulate(step: &Step) {
    for _ in 0..step.blocks {
        memopt::__private::simulate_alloc(step.allocated);
    }
    for _ in 0..step.freed_blocks {
        memopt::__private::simulate_free(step.freed);
    }
}

/// Plain functions.
mod bare {
    memopt_subjects::functions!(memopt_subjects::calls::nothing);
}

/// Plain functions that move the counters.
mod moving {
    memopt_subjects::functions!(crate::simulate);
}

/// Annotated functions.
mod annotated {
    memopt_subjects::functions!(memopt_subjects::calls::nothing, #[memopt::track_alloc]);
}

/// Annotated functions that move the counters.
mod annotated_moving {
    memopt_subjects::functions!(crate::simulate, #[memopt::track_alloc]);
}

/// The plain functions that move the counters, in one scope: inside a scope the hook also counts
/// sizes, which is the allocation's cost (see `alloc64_in_scope`) and not the scope's.
fn moving_in_scope(calls: fn(u64) -> Duration, iterations: u64) -> Duration {
    let _scope = memopt::scope!("around");
    calls(iterations)
}

#[memopt::track_alloc]
fn in_scope(iterations: u64) -> Duration {
    alloc::pairs(iterations)
}

/// The 200 sites of the benches that use many.
fn sites() -> [[&'static memopt::runtime::Site; 10]; 20] {
    let half = || ten!(ten!(memopt::site!("one of many")));
    let (first, second) = (half(), ten!(ten!(memopt::site!("one of many"))));
    std::array::from_fn(|i| if i < 10 { first[i] } else { second[i - 10] })
}

#[inline(never)]
fn enter_one(site: &'static memopt::runtime::Site, step: &Step) {
    let _scope = memopt::__private::enter(site);
    simulate(black_box(step));
}

#[inline(never)]
fn only_move(site: &'static memopt::runtime::Site, step: &Step) {
    black_box(site);
    simulate(black_box(step));
}

#[inline(never)]
fn only_call(site: &'static memopt::runtime::Site, step: &Step) {
    black_box((site, step));
}

#[inline(always)]
fn many(iterations: u64, call: impl Fn(&'static memopt::runtime::Site, &Step)) -> Duration {
    let sites = sites();
    let sites = sites.as_flattened();
    let steps = steps();
    bench::timed(iterations, |i| {
        let step = &steps[i as usize % STEPS];
        call(sites[step.site], step);
    })
}

const BENCHES: &[Bench] = &[
    Bench::new("alloc64", &[plus(alloc::pairs)]),
    Bench::new("alloc64_in_scope", &[plus(in_scope)]),
    Bench::new("json1m", &[plus(annotated::json)]),
    Bench::new(
        "scope",
        &[
            plus(annotated_moving::calls),
            minus(|n| moving_in_scope(moving::calls, n)),
            plus(bare::calls),
        ],
    ),
    Bench::new("scope_same", &[plus(annotated::calls)]),
    Bench::new(
        "scope_200",
        &[
            plus(|n| many(n, enter_one)),
            minus(|n| moving_in_scope(|n| many(n, only_move), n)),
            plus(|n| many(n, only_call)),
        ],
    ),
    Bench::fixed(
        "scope_paced",
        &[
            plus(annotated_moving::paced),
            minus(|n| moving_in_scope(moving::paced, n)),
            plus(bare::paced),
        ],
        2048,
    ),
    Bench::new("poll", &[plus(annotated::polls)]),
    Bench::new("poll_long", &[plus(annotated::long_polls)]),
    Bench::new("simulate", &[plus(|n| moving_in_scope(moving::calls, n)), minus(bare::calls)]),
];

fn main() {
    serve(BENCHES, || ());
}
