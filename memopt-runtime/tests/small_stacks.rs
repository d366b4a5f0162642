//! Blocks of threads with little stack are tracked, in debug builds too.
#![cfg(all(feature = "track", target_os = "linux", not(miri)))]

use memopt_runtime::{Alloc, heap, scope};
use std::hint::black_box;
use std::thread;

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

type Start = fn() -> Result<(), memopt_runtime::Error>;

/// The least that `std` gives a thread on Linux.
const STACK: usize = 16 << 10;

/// Blocks that begin, grow, move and end, in scopes within scopes.
fn work() -> usize {
    let _scope = scope!("on_a_small_stack");
    let mut kept: Vec<Vec<u8>> = Vec::new();
    for step in 0..200 {
        let _inner = scope!("inner");
        let mut bytes = black_box(vec![0u8; 8 + step]);
        bytes.extend([1; 300]);
        kept.push(bytes);
    }
    kept.len()
}

#[test]
fn threads_with_16_kib_of_stack_are_tracked() {
    let starts: [(&str, Start); 3] = [
        ("exact", heap::start_exact),
        ("exact, with stacks", heap::start_exact_with_stacks),
        ("every block sampled", || heap::start_sampling(1)),
    ];
    for (name, start) in starts {
        if let Err(error) = start() {
            eprintln!("{name}: {error}");
            continue;
        }
        let thread = thread::Builder::new().stack_size(STACK).spawn(work).unwrap();
        assert_eq!(thread.join().unwrap(), 200, "{name}");
        let heap = heap::snapshot();
        let blocks: u64 = heap
            .call_paths
            .iter()
            .filter(|path| path.scopes.iter().any(|scope| scope.ends_with("on_a_small_stack")))
            .map(|path| path.allocated.blocks)
            .sum();
        assert!(blocks >= 200, "{name}: {blocks} blocks");
        heap::stop();
    }
}
