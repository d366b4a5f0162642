//! What the concurrency profile reads of threads: who lives, where each stands, how the calls of a
//! site ended.

use super::node::Node;
use super::read;
use super::shard::Shard;
use crate::report::Totals;
use crate::site::Site;
use crate::thread::state::REGISTRY;
use std::collections::HashMap;
use std::ptr;

/// A thread that is alive.
pub(crate) struct ThreadSnapshot {
    /// Its number among all that ever allocated.
    pub(crate) number: u64,
    /// The system's number for it, 0 where it is not known.
    pub(crate) os_id: u64,
    pub(crate) totals: Totals,
    /// The sites it stands in, outermost first.
    pub(crate) scopes: Vec<&'static Site>,
    /// The site of each open call, outermost first.
    pub(crate) open: Vec<&'static Site>,
}

/// All threads.
#[derive(Default)]
pub(crate) struct Threads {
    pub(crate) alive: Vec<ThreadSnapshot>,
    pub(crate) ended: u64,
    pub(crate) of_ended: Totals,
    /// Operations before a thread is known or after it is gone.
    pub(crate) outside: Totals,
}

/// How the finished calls of a site ended.
#[derive(Clone, Copy, Default)]
pub(crate) struct Ends {
    pub(crate) calls: u64,
    pub(crate) cancelled: u64,
    pub(crate) panics: u64,
}

/// Every thread. Call it untracked.
pub(crate) fn threads() -> Threads {
    let mut threads = Threads { outside: REGISTRY.orphans.read(), ..Threads::default() };
    each_shard_and_slot(|slot, shard| {
        let (all, alive) = slot.look(|all, running| {
            let alive = running.map(|(counters, totals)| {
                let open = shard.map_or_else(Vec::new, |shard| read::open_frames(shard, counters));
                let scopes = open.last().map_or_else(Vec::new, |frame| path(frame.node));
                let calls = open.iter().filter(|frame| !frame.carried);
                let open = calls.filter_map(|frame| frame.node.site()).collect();
                let (number, os_id) = slot.thread();
                ThreadSnapshot { number, os_id, totals, scopes, open }
            });
            (all, alive)
        });
        let mut ended = all;
        if let Some(alive) = alive {
            ended.take(&alive.totals);
            threads.alive.push(alive);
        }
        threads.of_ended.add(&ended);
    });
    threads.ended = REGISTRY.threads().saturating_sub(threads.alive.len() as u64);
    threads
}

/// How the calls of every site ended, by the site's address.
pub(crate) fn ends() -> HashMap<*const Site, Ends> {
    let mut ends: HashMap<*const Site, Ends> = HashMap::new();
    each_shard_and_slot(|_, shard| {
        let Some(shard) = shard else { return };
        for node in shard.nodes() {
            if let Some(site) = node.site() {
                ends.entry(ptr::from_ref(site)).or_default().calls += node.calls();
            }
        }
        for record in shard.records() {
            if let Some(site) = record.site() {
                let ends = ends.entry(ptr::from_ref(site)).or_default();
                ends.cancelled += record.cancelled.get();
                ends.panics += record.panics.get();
            }
        }
    });
    ends
}

/// The sites above each of `nodes` and its own, outermost first; empty for a node that is in use no
/// more.
pub(crate) fn paths(nodes: &[*const Node]) -> HashMap<*const Node, Vec<&'static Site>> {
    let mut paths = HashMap::new();
    each_shard_and_slot(|_, shard| {
        let Some(shard) = shard else { return };
        for &at in nodes {
            // Under the shard's lock nodes are taken into use but not out of it.
            if let Some(node) = shard.node_at(at).filter(|node| node.is_used()) {
                paths.insert(at, path(node));
            }
        }
    });
    paths
}

/// Shows every slot, with its shard, locked, where it has one.
fn each_shard_and_slot(
    mut see: impl FnMut(&'static crate::thread::slot::Slot, Option<&'static Shard>),
) {
    for slot in REGISTRY.slots() {
        // SAFETY: null, or a shard, which is never freed.
        let shard: Option<&'static Shard> = unsafe { slot.shard::<Shard>().as_ref() };
        match shard {
            Some(shard) => shard.locked(|| see(slot, Some(shard))),
            None => see(slot, None),
        }
    }
}

/// The sites from the root to a node in use.
fn path(node: &'static Node) -> Vec<&'static Site> {
    let up = std::iter::successors(Some(node), |node| node.parent());
    let mut sites: Vec<&'static Site> = up.filter_map(Node::site).collect();
    sites.reverse();
    sites
}
