//! Free memory of the inner allocator, given back by its own means.

use memopt::remedy::{Pressure, Reclaimed, reclaim, set_purge};

/// Bytes that are allocated, written to and freed.
const FREED: u64 = 128 << 20;
const BLOCK: usize = 4096;

/// Frees many blocks and reclaims: without a purge nothing need happen, with the allocator's own
/// most of what was freed goes back to the system.
///
/// # Panics
///
/// Where it does not.
pub fn check_purge(purge: fn()) {
    set_purge(|| ());
    let blocks: Vec<Vec<u8>> = (0..FREED as usize / BLOCK).map(|_| vec![1; BLOCK]).collect();
    // Nothing is there to let go yet, so this says what is resident with the blocks.
    let Some(full) = reclaim(Pressure::Critical).rss_after else { return };
    assert!(blocks.iter().all(|block| block[BLOCK - 1] == 1));
    assert!(full >= FREED, "{full} B resident");
    drop(blocks);

    set_purge(purge);
    let Reclaimed { rss_before, rss_after, .. } = reclaim(Pressure::Critical);
    let (before, after) = (rss_before.expect("known above"), rss_after.expect("known above"));
    println!(
        "{full} B resident with the blocks, {before} when they were freed, {after} when purged"
    );
    assert!(
        after + FREED * 3 / 4 <= full,
        "{full} B resident with the blocks, {before} without, {after} purged"
    );
    assert!(after <= before, "{before} B resident before, {after} after");
}
