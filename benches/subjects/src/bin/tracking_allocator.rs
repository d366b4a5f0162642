//! `tracking-allocator`: calls a tracker of the user's for each event, attributed to the entered
//! group. The tracker here is the cheapest that still counts: two thread-local sums.

use std::alloc::System;
use std::cell::Cell;
use std::time::Duration;

use memopt_subjects::{Bench, alloc, plus, serve};
use tracking_allocator::{
    AllocationGroupId, AllocationGroupToken, AllocationRegistry, AllocationTracker, Allocator,
};

#[global_allocator]
static ALLOC: Allocator<System> = Allocator::system();

thread_local! {
    static ALLOCATED: Cell<usize> = const { Cell::new(0) };
    static FREED: Cell<usize> = const { Cell::new(0) };
}

struct Sums;

impl AllocationTracker for Sums {
    fn allocated(&self, _: usize, size: usize, _: usize, _: AllocationGroupId) {
        ALLOCATED.set(ALLOCATED.get() + size);
    }

    fn deallocated(
        &self,
        _: usize,
        size: usize,
        _: usize,
        _: AllocationGroupId,
        _: AllocationGroupId,
    ) {
        FREED.set(FREED.get() + size);
    }
}

mod bare {
    memopt_subjects::functions!(memopt_subjects::calls::nothing);
}

fn in_group(run: fn(u64) -> Duration, iterations: u64) -> Duration {
    // Two threads that register at the same moment can both be refused one: ask again.
    let mut token = loop {
        if let Some(token) = AllocationGroupToken::register() {
            break token;
        }
    };
    let _entered = token.enter();
    run(iterations)
}

const BENCHES: &[Bench] = &[
    Bench::new("alloc64", &[plus(alloc::pairs)]),
    Bench::new("alloc64_in_scope", &[plus(|iterations| in_group(alloc::pairs, iterations))]),
    Bench::new("json1m", &[plus(|iterations| in_group(bare::json, iterations))]),
];

fn main() {
    AllocationRegistry::set_global_tracker(Sums).expect("the tracker is set once");
    AllocationRegistry::enable_tracking();
    serve(BENCHES, || ());
}
