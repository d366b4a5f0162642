//! Where the blocks that a site makes itself are freed: within the call, by the caller, later.
//!
//! Frees are counted where they happen, not by the block. What a node leaves is its own blocks and
//! what the nodes below left, less what was freed there; each part is taken to be freed in
//! proportion.

use crate::units::ratio;
use crate::{Report, TreeNode};

/// The fate of a site's own blocks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fate {
    /// Gone when the call ends, whoever freed them within.
    pub(super) within: Part,
    /// Dropped by a direct caller.
    pub(super) by_caller: Part,
    /// The direct caller that drops most of these, an index of a site.
    pub(super) caller: Option<usize>,
    /// The site inside that frees more than it makes, and so most of `within`.
    pub(super) callee: Option<usize>,
    /// Left by all of these.
    pub(super) kept: Part,
    /// Of those, what is still in use: farther callers, and code outside of all sites, free some.
    pub(super) live: Part,
}

/// Some of a site's blocks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Part {
    pub(super) blocks: u64,
    pub(super) bytes: u64,
}

impl Part {
    pub(super) fn mean(&self) -> u64 {
        (self.bytes + self.blocks / 2).checked_div(self.blocks).unwrap_or(self.bytes).max(1)
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self { blocks: self.blocks + other.blocks, bytes: self.bytes + other.bytes }
    }

    /// Such a share of both.
    pub(super) fn times(self, share: f64) -> Self {
        let of = |all: u64| (all as f64 * share).round() as u64;
        Self { blocks: of(self.blocks), bytes: of(self.bytes) }
    }

    fn add(&mut self, blocks: f64, bytes: f64) {
        self.blocks += blocks.round() as u64;
        self.bytes += bytes.round() as u64;
    }
}

/// What of that which is made in a node, or left to it, it leaves behind: shares of blocks, bytes.
#[derive(Clone, Copy)]
struct Left {
    blocks: f64,
    bytes: f64,
}

/// The fate of every site's own blocks, by index.
pub(super) fn of_sites(report: &Report) -> Vec<Fate> {
    let nodes = report.tree().nodes();
    let mut arriving: Vec<(u64, u64)> =
        nodes.iter().map(|node| (node.own.allocs, node.own.bytes)).collect();
    for node in nodes {
        let Some(parent) = node.parent else { continue };
        let (blocks, bytes) = left_of(node);
        arriving[parent].0 += blocks;
        arriving[parent].1 += bytes;
    }
    let left: Vec<Left> = nodes
        .iter()
        .zip(&arriving)
        .map(|(node, arriving)| {
            let (blocks, bytes) = left_of(node);
            Left {
                blocks: ratio(blocks, arriving.0).min(1.0),
                bytes: ratio(bytes, arriving.1).min(1.0),
            }
        })
        .collect();
    let outside = left_outside(report);
    let mut fates = vec![Fate::default(); report.sites().len()];
    let mut callers: Vec<Vec<(usize, u64)>> = vec![Vec::new(); fates.len()];
    for (node, own) in nodes.iter().zip(&left) {
        let fate = &mut fates[node.site];
        let (blocks, bytes) = (node.own.allocs as f64, node.own.bytes as f64);
        fate.within.add(blocks * (1.0 - own.blocks), bytes * (1.0 - own.bytes));
        let (blocks, bytes) = (blocks * own.blocks, bytes * own.bytes);
        let Some(above) = node.parent else {
            fate.kept.add(blocks, bytes);
            fate.live.add(blocks * outside.blocks, bytes * outside.bytes);
            continue;
        };
        let passed = left[above];
        let dropped = blocks * (1.0 - passed.blocks);
        fate.by_caller.add(dropped, bytes * (1.0 - passed.bytes));
        fate.kept.add(blocks * passed.blocks, bytes * passed.bytes);
        let stays = passed_on(nodes, &left, above, outside);
        fate.live.add(blocks * stays.blocks, bytes * stays.bytes);
        callers[node.site].push((nodes[above].site, dropped as u64));
    }
    for (fate, callers) in fates.iter_mut().zip(callers) {
        fate.caller = callers.into_iter().max_by_key(|(_, blocks)| *blocks).map(|(site, _)| site);
    }
    takers(nodes, &mut fates);
    fates
}

/// What of that which the outermost sites left, and was made outside of all, is still in use.
fn left_outside(report: &Report) -> Left {
    let total = report.total();
    let (mut made, mut freed) = ((total.allocs, total.bytes), (total.frees, total.freed_bytes));
    for node in report.tree().nodes().iter().filter(|node| node.parent.is_none()) {
        let inside = &node.inclusive;
        // What a site freed of others' blocks is in neither sum.
        let gone = (inside.frees.min(inside.allocs), inside.freed_bytes.min(inside.bytes));
        made = (made.0.saturating_sub(gone.0), made.1.saturating_sub(gone.1));
        freed = (freed.0.saturating_sub(gone.0), freed.1.saturating_sub(gone.1));
    }
    Left {
        blocks: 1.0 - ratio(freed.0, made.0).min(1.0),
        bytes: 1.0 - ratio(freed.1, made.1).min(1.0),
    }
}

/// What of that which arrives in a node is still in use, past all that are above it.
fn passed_on(nodes: &[TreeNode], left: &[Left], node: usize, outside: Left) -> Left {
    let mut stays = outside;
    let mut at = Some(node);
    while let Some(index) = at {
        stays.blocks *= left[index].blocks;
        stays.bytes *= left[index].bytes;
        at = nodes[index].parent;
    }
    stays
}

/// Finds the site inside that frees what one makes.
fn takers(nodes: &[TreeNode], fates: &mut [Fate]) {
    let mut most: Vec<u64> = vec![0; fates.len()];
    for node in nodes {
        let Some(parent) = node.parent.and_then(|parent| nodes.get(parent)) else { continue };
        let taken = u64::try_from(-node.inclusive.live_blocks()).unwrap_or(0);
        if taken > most[parent.site] && taken >= parent.own.allocs / 2 {
            most[parent.site] = taken;
            fates[parent.site].callee = Some(node.site);
        }
    }
}

/// Blocks and bytes that the calls of a node left behind.
fn left_of(node: &TreeNode) -> (u64, u64) {
    let rest = |live: i64| u64::try_from(live).unwrap_or(0);
    (rest(node.inclusive.live_blocks()), rest(node.inclusive.live_bytes()))
}

#[cfg(test)]
mod tests {
    use super::of_sites;
    use crate::tests::fixture::{Call, nest, report, site};

    #[test]
    fn what_a_callee_returns_is_dropped_by_its_caller() {
        let outer = site("copy").calls(1, Call::default());
        let inner =
            site("read_block").calls(100, Call { bytes: 64, allocs: 1, peak: 64, retained: 64 });
        let mut report = report(vec![outer, inner], 0, 0);
        nest(&mut report, 0, 1);
        // The outer one frees them.
        report.tree.nodes[0].own.frees = 100;
        report.tree.nodes[0].own.freed_bytes = 6_400;
        report.tree.nodes[0].inclusive.frees += 100;
        report.tree.nodes[0].inclusive.freed_bytes += 6_400;
        let fate = of_sites(&report)[1];
        assert_eq!((fate.within.blocks, fate.by_caller.blocks, fate.kept.blocks), (0, 100, 0));
        assert_eq!((fate.by_caller.mean(), fate.caller), (64, Some(0)));
    }

    #[test]
    fn what_a_callee_frees_is_gone_within_the_call() {
        let outer = site("run").calls(100, Call { bytes: 64, allocs: 1, peak: 64, retained: 64 });
        let inner = site("consume").calls(100, Call::default());
        let mut report = report(vec![outer, inner], 0, 0);
        for node in 0..2 {
            report.tree.nodes[node].inclusive.frees = 100;
            report.tree.nodes[node].inclusive.freed_bytes = 6_400;
        }
        report.tree.nodes[1].own = report.tree.nodes[1].inclusive;
        report.tree.nodes[1].parent = Some(0);
        let fate = of_sites(&report)[0];
        assert_eq!((fate.within.blocks, fate.kept.blocks, fate.callee), (100, 0, Some(1)));
    }

    #[test]
    fn what_is_dropped_outside_of_all_sites_is_not_live() {
        let get = site("get").calls(100, Call { bytes: 640, allocs: 10, peak: 640, retained: 640 });
        let mut report = report(vec![get], 0, 0);
        let fate = of_sites(&report)[0];
        assert_eq!((fate.kept.blocks, fate.live.blocks), (1_000, 1_000));
        // Code without a site frees 900 of them.
        report.total.frees = 900;
        report.total.freed_bytes = 57_600;
        let fate = of_sites(&report)[0];
        assert_eq!((fate.kept.blocks, fate.live.blocks, fate.live.bytes), (1_000, 100, 6_400));
    }
}
