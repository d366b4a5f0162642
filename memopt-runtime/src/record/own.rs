//! How often a site is called and what it allocates itself, whatever thread calls it.

use super::node::Node;
use super::shard::Shard;
use crate::site::Site;
use crate::thread::Counter;
use crate::thread::state::REGISTRY;
use std::ptr;

/// What all threads did at a site.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OwnTraffic {
    /// Finished calls.
    pub(crate) calls: u64,
    /// Finished calls of all sites that are not switched off.
    pub(crate) all_calls: u64,
    /// Allocations, bytes, frees and freed bytes, without those of sites inside.
    pub(crate) own: [u64; 4],
}

/// Reads it at a call of the site that opens `here`. Nothing is allocated.
///
/// Where other calls of it are open, what is inside of them counts as its own: so it is never less
/// than it is.
pub(crate) fn own_traffic(site: &'static Site, here: &Node) -> OwnTraffic {
    let mut traffic = OwnTraffic::default();
    for slot in REGISTRY.slots() {
        // SAFETY: null, or a shard, which is never freed.
        let shard: Option<&Shard> = unsafe { slot.shard::<Shard>().as_ref() };
        if let Some(shard) = shard {
            shard.locked(|| traffic.add(shard, site, here));
        }
    }
    traffic
}

impl OwnTraffic {
    fn add(&mut self, shard: &Shard, site: &'static Site, here: &Node) {
        let is_of = |node: &Node| node.site().is_some_and(|its| ptr::eq(its, site));
        // The call that opens is open itself, and nothing is inside of it yet.
        let is_closed = |node: &Node| node.active() == u32::from(ptr::eq(node, here));
        // What is inside is read first: what comes in between makes it more, and not less.
        let mut inside = [0_u64; 4];
        for node in shard.nodes() {
            if node.site().is_some_and(|its| !its.rests()) {
                self.all_calls += node.calls();
            }
            if node.parent().is_some_and(|above| is_of(above) && is_closed(above)) {
                let by_others = node.flow().map(|flow| flow.entering.each_ref().map(Counter::get));
                for (at, entered) in node.entered().into_iter().enumerate() {
                    let by_others = by_others.map_or(0, |by| by[at]);
                    inside[at] += entered.saturating_sub(by_others);
                }
            }
        }
        let mut entered = [0_u64; 4];
        for node in shard.nodes().filter(|node| is_of(node)) {
            self.calls += node.calls();
            let left = node.flow().map(|flow| flow.leaving.each_ref().map(Counter::get));
            for (at, one) in node.entered().into_iter().enumerate() {
                entered[at] += one.saturating_sub(left.map_or(0, |left| left[at]));
            }
        }
        for (at, own) in self.own.iter_mut().enumerate() {
            *own += entered[at].saturating_sub(inside[at]);
        }
    }
}
