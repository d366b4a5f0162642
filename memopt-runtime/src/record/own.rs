//! How often a site is called and what it allocates itself, whatever thread calls it.

use super::frame::Frame;
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
/// Where calls of it are open on other threads, what is inside of them counts as its own: so it is
/// never less than it is.
pub(crate) fn own_traffic(site: &'static Site, here: &Frame) -> OwnTraffic {
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
    fn add(&mut self, shard: &Shard, site: &'static Site, here: &Frame) {
        let is_of = |node: &Node| node.site().is_some_and(|its| ptr::eq(its, site));
        let is_here = shard.holds(here);
        // What is inside is read first: what comes in between makes it more, and not less.
        let mut inside = [0_u64; 4];
        for node in shard.nodes() {
            if node.site().is_some_and(|its| !its.rests()) {
                self.all_calls += node.calls();
            }
            let is_told = |above: &Node| is_of(above) && (is_here || above.active() == 0);
            if node.parent().is_some_and(is_told) {
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
        if is_here {
            add_open(&mut entered, shard, here, is_of);
        }
        for (at, own) in self.own.iter_mut().enumerate() {
            *own += entered[at].saturating_sub(inside[at]);
        }
    }
}

/// Adds what calls of this thread that are open did until they called the next: it is not at their
/// nodes yet, as that of finished calls inside of them is.
fn add_open(entered: &mut [u64; 4], shard: &Shard, here: &Frame, is_of: impl Fn(&Node) -> bool) {
    let depth = (ptr::from_ref(here).addr() - shard.first_frame().addr()) / size_of::<Frame>();
    // The first frame stands for none; in the last, `here`, nothing was done yet.
    for frame in (1..depth).filter(|index| is_of(shard.frame(*index).node())) {
        let (from, to) = (shard.frame(frame).at_entry(), shard.frame(frame + 1).at_entry());
        for (at, entered) in entered.iter_mut().enumerate() {
            *entered += to[at].saturating_sub(from[at]);
        }
    }
}
