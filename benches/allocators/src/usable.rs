//! What the allocator makes of a size, told to memopt by the allocator's own function.

use memopt::heap;
use std::hint::black_box;

/// Blocks of a size; one in 16 is asked for its room.
const BLOCKS: usize = 20_000;

/// Follows blocks of several sizes: their room in the report must be what the allocator says of
/// such blocks, which is `real` of each.
///
/// # Panics
///
/// Where it is not.
pub fn check_usable(rule: fn(usize) -> usize, real: impl Fn(&[u8]) -> usize) {
    for size in [1, 17, 100, 700, 5000] {
        let block = black_box(vec![1u8; size]);
        assert_eq!(rule(size), real(&block), "{size}");
    }
    heap::set_usable_size(rule);
    heap::start_exact().expect("memopt is the allocator");
    let blocks: Vec<Vec<u8>> = (0..BLOCKS)
        .map(|_| {
            let _scope = memopt::scope!("of a hundred");
            vec![1; 100]
        })
        .collect();
    let heap = heap::snapshot();
    let call_paths = heap
        .call_paths
        .iter()
        .filter(|call_path| call_path.scopes.iter().any(|scope| scope.ends_with("of a hundred")));
    let (mut live, mut usable) = (0, 0);
    for call_path in call_paths {
        live += call_path.live.bytes;
        usable += call_path.usable_bytes;
    }
    assert_eq!(live, 100 * BLOCKS as u64);
    // What is above the size is known by chance: a standard error of 2.7 %, five of them.
    let (more, expected) = ((usable - live) as f64, ((rule(100) - 100) * BLOCKS) as f64);
    println!("{usable} B for {live}");
    assert!((more / expected - 1.0).abs() < 0.14, "{usable} B for {live}, {} each", rule(100));
    drop(blocks);
    heap::stop();
}
