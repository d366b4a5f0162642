//! `mimalloc`: an allocator written in C that a program can use instead of the system's.

use memopt_subjects::serve;

#[global_allocator]
static ALLOC: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod work {
    memopt_subjects::scoped!([], []);
}

fn main() {
    serve(work::BENCHES, || ());
}
