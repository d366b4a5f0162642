//! Blocks that are sampled come and go, as many as in days: nothing grows, no table fills.
#![cfg(all(feature = "track", target_os = "linux", not(miri)))]

mod resident;

use memopt_runtime::{Alloc, heap, scope};
use resident::{in_small_pages, resident};
use std::hint::black_box;

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

/// Sampled blocks in a round; at 1 GB/s allocated and 512 KiB between samples this is one minute.
const SAMPLES_A_ROUND: u64 = 100_000;
const ROUNDS: usize = 4;
/// Bytes between samples: small, so that most blocks are.
const INTERVAL: u64 = 512;

fn samples() -> u64 {
    heap::snapshot().call_paths.iter().map(|call_path| call_path.allocated.samples).sum()
}

/// Small blocks, which lie in our slabs, and large ones, which lie in the table; two thirds are
/// freed by another thread.
fn turn() {
    let (mut kept, mut random) = (Vec::new(), 1u32);
    let (send, receive) = std::sync::mpsc::sync_channel::<Vec<u8>>(256);
    let reaper = std::thread::spawn(move || receive.into_iter().for_each(drop));
    let before = samples();
    for at in 0.. {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let size =
            if at % 8 == 0 { 1024 + (random >> 18) as usize } else { 16 + (random >> 23) as usize };
        let block = black_box(Vec::with_capacity(size));
        if at % 3 == 0 {
            kept.push(block);
        } else {
            send.send(block).unwrap();
        }
        if kept.len() == 4096 {
            kept.clear();
        }
        if at % 16_384 == 0 && samples() - before > SAMPLES_A_ROUND {
            break;
        }
    }
    drop(send);
    reaper.join().unwrap();
}

#[test]
fn nothing_grows_and_no_table_fills() {
    in_small_pages();
    let before = resident();
    heap::start_sampling(INTERVAL).unwrap();
    let tables = resident().saturating_sub(before);
    assert!(tables < 8 << 20, "the tables become resident as they fill, not at once: {tables}");
    let _scope = scope!("turnover");
    // What is made once is made: slabs, call paths, the rules of the stack.
    turn();
    let (before, own) = (resident(), heap::snapshot().own_bytes);
    for _ in 0..ROUNDS {
        turn();
    }
    let heap = heap::snapshot();
    let grown = resident().saturating_sub(before);
    let (samples, live): (u64, u64) = heap.call_paths.iter().fold((0, 0), |sum, call_path| {
        (sum.0 + call_path.allocated.samples, sum.1 + call_path.live.samples)
    });
    println!(
        "{samples} samples, {live} in use, {grown} bytes grown, own {own} and {}",
        heap.own_bytes
    );
    assert!(samples > SAMPLES_A_ROUND * ROUNDS as u64);
    assert_eq!(heap.lost, 0);
    assert!(live < 100, "all but the test's own were freed, {live}");
    assert!(grown < 4 << 20, "{grown}");
    assert!(heap.own_bytes < own + (1 << 20), "{} {own}", heap.own_bytes);
}
