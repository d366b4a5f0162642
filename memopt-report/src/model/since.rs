//! What happened between two reports of one process.

use super::report::Report;
use super::site::{CallTime, SiteReport, SizeClass};
use super::site_id::SiteId;
use super::totals::Totals;
use super::tree::{Tree, TreeNode};
use std::collections::HashMap;

impl Report {
    /// What happened between an earlier report of the same process and this one, as if counting had
    /// begun with the earlier one. Sites without calls or traffic since are left out.
    ///
    /// # Limits
    ///
    /// - The smallest and the largest value of a distribution are exact to their buckets only.
    /// - Blocks from before that were freed since count as freed, so live figures are changes.
    /// - Mean times weigh timed calls alike, the longest time is that of both reports, and there is
    ///   no median.
    /// - The heap, what is held for reuse and the optimizer's log are those of this report.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        crate::untracked(|| {
            let mut report = self.clone();
            report.elapsed_ns = self.elapsed_ns.saturating_sub(earlier.elapsed_ns);
            let cpu_before = earlier.process.cpu_ns.unwrap_or(0);
            report.process.cpu_ns = self.process.cpu_ns.map(|now| now.saturating_sub(cpu_before));
            report.total.take(&earlier.total);
            report.unattributed.take(&earlier.unattributed);
            let before: HashMap<SiteId, &SiteReport> =
                earlier.sites.iter().map(|site| (site.id(), site)).collect();
            for site in &mut report.sites {
                if let Some(before) = before.get(&site.id()) {
                    site.take(before);
                }
            }
            report.tree = Tree::new(nodes_since(self, earlier));
            report.leave_out_idle();
            report
        })
    }

    /// Leaves out nodes and sites that did nothing, and puts the sites in order again.
    fn leave_out_idle(&mut self) {
        let nodes = std::mem::take(&mut self.tree).nodes;
        let mut kept: Vec<bool> = nodes.iter().map(did_something).collect();
        for at in (0..nodes.len()).rev() {
            if let (true, Some(parent)) = (kept[at], nodes[at].parent) {
                kept[parent] = true;
            }
        }
        let mut is_used: Vec<bool> = self.sites.iter().map(site_did_something).collect();
        for (node, _) in nodes.iter().zip(&kept).filter(|(_, kept)| **kept) {
            is_used[node.site] = true;
        }
        let sites = std::mem::take(&mut self.sites);
        let mut sites: Vec<(usize, SiteReport)> =
            sites.into_iter().enumerate().filter(|(at, _)| is_used[*at]).collect();
        sites.sort_by(|(_, a), (_, b)| {
            (b.inclusive.bytes, b.calls)
                .cmp(&(a.inclusive.bytes, a.calls))
                .then_with(|| a.name.cmp(&b.name))
        });
        let place: HashMap<usize, usize> =
            sites.iter().enumerate().map(|(new, (old, _))| (*old, new)).collect();
        self.sites = sites.into_iter().map(|(_, site)| site).collect();
        let mut new_index = vec![None; nodes.len()];
        for (at, mut node) in nodes.into_iter().enumerate().filter(|(at, _)| kept[*at]) {
            new_index[at] = Some(self.tree.nodes.len());
            node.site = place[&node.site];
            node.parent = node.parent.and_then(|parent| new_index[parent]);
            self.tree.nodes.push(node);
        }
    }
}

/// The nodes of `now` without what `earlier` had at the same path.
fn nodes_since(now: &Report, earlier: &Report) -> Vec<TreeNode> {
    let ids = |report: &Report| report.sites.iter().map(SiteReport::id).collect::<Vec<_>>();
    let (own, their) = (ids(now), ids(earlier));
    let by_path: HashMap<(Option<usize>, SiteId), usize> = earlier
        .tree
        .nodes
        .iter()
        .enumerate()
        .map(|(at, node)| ((node.parent, their[node.site]), at))
        .collect();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(now.tree.nodes.len());
    let mut nodes = now.tree.nodes.clone();
    for node in &mut nodes {
        let parent = match node.parent {
            // A path that was not there has no nodes below.
            Some(parent) => before[parent].map(Some),
            None => Some(None),
        };
        let at = parent.and_then(|parent| by_path.get(&(parent, own[node.site])).copied());
        if let Some(then) = at.map(|at| &earlier.tree.nodes[at]) {
            node.calls = node.calls.saturating_sub(then.calls);
            node.own.take(&then.own);
            node.inclusive.take(&then.inclusive);
        }
        before.push(at);
    }
    nodes
}

fn did_something(node: &TreeNode) -> bool {
    node.calls > 0 || node.own != Totals::default()
}

fn site_did_something(site: &SiteReport) -> bool {
    site.calls > 0 || site.open > 0 || site.inclusive != Totals::default()
}

impl SiteReport {
    fn take(&mut self, before: &Self) {
        let pairs: [(&mut u64, u64); 12] = [
            (&mut self.calls, before.calls),
            (&mut self.recursive_calls, before.recursive_calls),
            (&mut self.panics, before.panics),
            (&mut self.cancelled, before.cancelled),
            (&mut self.out_of_order, before.out_of_order),
            (&mut self.self_bytes, before.self_bytes),
            (&mut self.self_allocs, before.self_allocs),
            (&mut self.reallocs, before.reallocs),
            (&mut self.grows, before.grows),
            (&mut self.shrinks, before.shrinks),
            (&mut self.shrunk_bytes, before.shrunk_bytes),
            (&mut self.unplaced, before.unplaced),
        ];
        for (now, then) in pairs {
            *now = now.saturating_sub(then);
        }
        if let (Some(now), Some(then)) = (&mut self.budget, &before.budget) {
            now.exceeded = now.exceeded.saturating_sub(then.exceeded);
        }
        for (now, then) in [
            (&mut self.bytes, &before.bytes),
            (&mut self.allocs, &before.allocs),
            (&mut self.peak, &before.peak),
            (&mut self.retained, &before.retained),
            (&mut self.final_capacity, &before.final_capacity),
        ] {
            now.take(then);
        }
        if let (Some(now), Some(then)) = (&mut self.passed_on, before.passed_on) {
            *now = now.saturating_sub(then);
        }
        self.inclusive.take(&before.inclusive);
        self.own.take(&before.own);
        take_classes(&mut self.size_classes, &before.size_classes);
        self.time = times_since(self.time, before.time);
        if let (Some(now), Some(then)) = (&mut self.capacity, &before.capacity) {
            now.count = now.count.saturating_sub(then.count);
            now.held_bytes = now.held_bytes.saturating_sub(then.held_bytes);
            now.used_bytes = now.used_bytes.saturating_sub(then.used_bytes);
        }
        self.capacity = self.capacity.filter(|capacity| capacity.count > 0);
    }
}

fn take_classes(now: &mut Vec<SizeClass>, then: &[SizeClass]) {
    for class in &mut *now {
        let before = then.iter().find(|it| it.low == class.low).map_or(0, |it| it.count);
        class.count = class.count.saturating_sub(before);
    }
    now.retain(|class| class.count > 0);
}

fn times_since(now: Option<CallTime>, then: Option<CallTime>) -> Option<CallTime> {
    let (now, Some(then)) = (now?, then) else { return now };
    let samples = now.samples.saturating_sub(then.samples);
    if samples == 0 {
        return None;
    }
    let sum = now.mean_ns * now.samples as f64 - then.mean_ns * then.samples as f64;
    Some(CallTime::new(samples, (sum / samples as f64).max(0.0), now.max_ns))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SiteKind, Status};

    /// `a` called so often, a byte each; `b` below it, of which each call allocates 10 bytes.
    fn report(a: u64, b: u64) -> Report {
        let site = |name: &str, calls: u64, inclusive: Totals| {
            let mut site = SiteReport::empty(name, SiteKind::Function);
            site.calls = calls;
            site.bytes.record(10, calls);
            site.inclusive = inclusive;
            site
        };
        let [mut root, mut leaf] = [TreeNode::new(None, 0), TreeNode::new(Some(0), 1)];
        (root.calls, root.own) = (a, Totals::allocated(a, a));
        (leaf.calls, leaf.own) = (b, Totals::allocated(b, b * 10));
        (root.inclusive, leaf.inclusive) = (Totals::allocated(a + b, a + b * 10), leaf.own);
        let sites = vec![site("a", a, root.inclusive), site("b", b, leaf.inclusive)];
        Report::empty(Status::Counting)
            .with_elapsed_ns(a * 100)
            .with_total(root.inclusive, Totals::default())
            .with_sites(sites, Tree::new(vec![root, leaf]))
    }

    #[test]
    fn what_came_since_is_told() {
        let since = report(5, 9).since(&report(2, 4));
        let [a, b] = ["a", "b"].map(|name| since.site(name).unwrap());
        assert_eq!((a.calls, b.calls, b.bytes.count(), b.bytes.p50()), (3, 5, 5, 10));
        assert_eq!(since.total(), &Totals::allocated(8, 53));
        assert_eq!(since.elapsed().as_nanos(), 300);
        let calls: Vec<u64> = since.tree().nodes().iter().map(|node| node.calls).collect();
        assert_eq!(calls, [3, 5]);
        assert_eq!(since.tree().nodes()[1].inclusive.bytes, 50);
        assert!(a.budget.is_none());
    }

    #[test]
    fn what_did_nothing_is_left_out_but_not_what_is_above() {
        let since = report(2, 9).since(&report(2, 4));
        assert_eq!(since.tree().nodes().len(), 2, "`b` is below `a`");
        let since = report(5, 4).since(&report(2, 4));
        let names: Vec<&str> = since.sites().iter().map(|site| site.name.as_str()).collect();
        assert_eq!((names, since.tree().nodes().len()), (vec!["a"], 1));
        let nothing = report(5, 4).since(&report(5, 4));
        assert!(nothing.sites().is_empty() && nothing.tree().nodes().is_empty());
    }

    #[test]
    fn since_nothing_is_all() {
        let all = report(5, 9);
        assert_eq!(all.since(&Report::empty(Status::Counting)), all);
    }
}
