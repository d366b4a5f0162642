//! Sites that neither allocate nor free, whatever thread calls them.

use super::node::Node;
use super::shard::Shard;
use crate::site::Site;
use crate::thread::state::REGISTRY;
use std::ptr;

/// Finished calls of a site on all threads, where none of them allocated or freed; else `None`.
pub(crate) fn idle_calls(site: &'static Site) -> Option<u64> {
    let mut calls = 0;
    for slot in REGISTRY.slots() {
        // SAFETY: null, or a shard, which is never freed.
        let shard: Option<&Shard> = unsafe { slot.shard::<Shard>().as_ref() };
        let Some(shard) = shard else { continue };
        calls += shard.locked(|| {
            let is_of = |node: &&Node| node.site().is_some_and(|its| ptr::eq(its, site));
            shard.nodes().filter(is_of).try_fold(0, |calls, node| {
                let [allocs, _, frees, _] = node.entered();
                (allocs == 0 && frees == 0).then(|| calls + node.calls())
            })
        })?;
    }
    Some(calls)
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
