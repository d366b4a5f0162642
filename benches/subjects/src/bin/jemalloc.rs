//! `jemalloc`: an allocator written in C that a program can use instead of the system's.

use memopt_subjects::{Bench, Part, plus, serve, tracked};

#[global_allocator]
static ALLOC: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

mod work {
    memopt_subjects::scoped!([], []);
}

mod bare {
    memopt_subjects::functions!(memopt_subjects::calls::nothing);
}

const JSON: &[Part] = &[plus(bare::json)];

fn main() {
    let tracked = tracked::benches(JSON);
    let benches: Vec<Bench> = work::BENCHES.iter().copied().chain(tracked).collect();
    serve(&benches, || ());
}
