//! How often sites are called and what they allocate, whatever thread calls them.

use super::node::Node;
use super::shard::Shard;
use crate::site::Site;
use crate::thread::state::REGISTRY;
use std::ptr;

/// Finished calls of a site on all threads, and what entered it: allocations, bytes, frees, freed
/// bytes.
pub(crate) fn calls_of(site: &'static Site) -> (u64, [u64; 4]) {
    let (mut calls, mut all) = (0, [0; 4]);
    for slot in REGISTRY.slots() {
        // SAFETY: null, or a shard, which is never freed.
        let shard: Option<&Shard> = unsafe { slot.shard::<Shard>().as_ref() };
        let Some(shard) = shard else { continue };
        shard.locked(|| {
            let is_of = |node: &&Node| node.site().is_some_and(|its| ptr::eq(its, site));
            for node in shard.nodes().filter(is_of) {
                calls += node.calls();
                for (sum, entered) in all.iter_mut().zip(node.entered()) {
                    *sum += entered;
                }
            }
        });
    }
    (calls, all)
}

/// Finished calls of all sites, on all threads.
pub(crate) fn all_calls() -> u64 {
    let of = |shard: &Shard| shard.locked(|| shard.nodes().map(Node::calls).sum::<u64>());
    REGISTRY
        .slots()
        // SAFETY: null, or a shard, which is never freed.
        .filter_map(|slot| unsafe { slot.shard::<Shard>().as_ref() })
        .map(of)
        .sum()
}
