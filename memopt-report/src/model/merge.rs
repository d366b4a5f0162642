//! Reports of several processes as one.

use super::process::ProcessUse;
use super::report::Report;
use super::site::{CallTime, CapacityUse, SiteReport, SizeClass};
use super::site_id::SiteId;
use super::status::Status;
use super::tree::TreeNode;
use std::collections::HashMap;
use std::ops::Add;

impl Report {
    /// Adds what another process did, as if both were one: traffic, calls, distributions and the
    /// tree of sites. Sites are matched by name and place.
    ///
    /// # Limits
    ///
    /// - Resident bytes of both are added, though pages may be shared, and peaks may be at
    ///   different times: each sum is the most that it can be.
    /// - The time is that of the longer report. Median times of calls are left out where both have
    ///   some.
    /// - The heap and the costs of calls are those of this report.
    pub fn merge(&mut self, other: &Self) {
        crate::untracked(|| self.merge_all(other));
    }

    fn merge_all(&mut self, other: &Self) {
        if other.status == Status::Counting {
            self.status = Status::Counting;
        }
        self.elapsed_ns = self.elapsed_ns.max(other.elapsed_ns);
        self.threads = self.threads.saturating_add(other.threads);
        self.process = self.process.together(&other.process);
        self.total.add(&other.total);
        self.unattributed.add(&other.unattributed);
        let mut known: HashMap<SiteId, usize> =
            self.sites.iter().enumerate().map(|(at, site)| (site.id(), at)).collect();
        let mut places = Vec::with_capacity(other.sites.len());
        for site in &other.sites {
            let at = *known.entry(site.id()).or_insert(self.sites.len());
            match self.sites.get_mut(at) {
                Some(own) => own.merge(site),
                None => self.sites.push(site.clone()),
            }
            places.push(at);
        }
        self.merge_tree(other, &places);
        self.reclaimable.extend(other.reclaimable.iter().cloned());
        self.actions.extend(other.actions.iter().cloned());
        self.actions.sort_by_key(|action| action.unix_ms);
        self.order();
    }

    /// Adds the nodes of another tree, whose sites have these places among this report's.
    fn merge_tree(&mut self, other: &Self, places: &[usize]) {
        let nodes = &mut self.tree.nodes;
        let mut known: HashMap<(Option<usize>, usize), usize> =
            nodes.iter().enumerate().map(|(at, node)| ((node.parent, node.site), at)).collect();
        let mut own: Vec<usize> = Vec::with_capacity(other.tree.nodes.len());
        for node in &other.tree.nodes {
            let parent = node.parent.map(|parent| own[parent]);
            let at = *known.entry((parent, places[node.site])).or_insert_with(|| {
                nodes.push(TreeNode::new(parent, places[node.site]));
                nodes.len() - 1
            });
            nodes[at].calls += node.calls;
            nodes[at].own.add(&node.own);
            nodes[at].inclusive.add(&node.inclusive);
            own.push(at);
        }
    }

    /// Puts the sites in order: most inclusive bytes first.
    fn order(&mut self) {
        let mut sites: Vec<(usize, SiteReport)> =
            std::mem::take(&mut self.sites).into_iter().enumerate().collect();
        sites.sort_by(|(_, a), (_, b)| {
            let key = |site: &SiteReport| (site.inclusive.bytes, site.calls);
            key(b).cmp(&key(a)).then_with(|| a.name.cmp(&b.name))
        });
        let mut places = vec![0; sites.len()];
        for (new, (old, _)) in sites.iter().enumerate() {
            places[*old] = new;
        }
        for node in &mut self.tree.nodes {
            node.site = places[node.site];
        }
        self.sites = sites.into_iter().map(|(_, site)| site).collect();
    }
}

impl ProcessUse {
    fn together(&self, other: &Self) -> Self {
        Self {
            cpu_ns: both(self.cpu_ns, other.cpu_ns, Add::add),
            resident_bytes: both(self.resident_bytes, other.resident_bytes, Add::add),
            peak_resident_bytes: both(
                self.peak_resident_bytes,
                other.peak_resident_bytes,
                Add::add,
            ),
            threads: both(self.threads, other.threads, Add::add),
            wall_ns: both(self.wall_ns, other.wall_ns, u64::max),
            built_at_unix_ns: both(self.built_at_unix_ns, other.built_at_unix_ns, u64::min),
        }
    }
}

/// The one that is known, or both in one.
fn both<T>(one: Option<T>, other: Option<T>, join: fn(T, T) -> T) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(join(one, other)),
        (one, other) => one.or(other),
    }
}

impl SiteReport {
    fn merge(&mut self, other: &Self) {
        for (own, more) in [
            (&mut self.calls, other.calls),
            (&mut self.recursive_calls, other.recursive_calls),
            (&mut self.panics, other.panics),
            (&mut self.cancelled, other.cancelled),
            (&mut self.out_of_order, other.out_of_order),
            (&mut self.open, other.open),
            (&mut self.self_bytes, other.self_bytes),
            (&mut self.self_allocs, other.self_allocs),
            (&mut self.reallocs, other.reallocs),
            (&mut self.grows, other.grows),
            (&mut self.shrinks, other.shrinks),
            (&mut self.shrunk_bytes, other.shrunk_bytes),
            (&mut self.unplaced, other.unplaced),
        ] {
            *own = own.saturating_add(more);
        }
        for (own, more) in [
            (&mut self.bytes, &other.bytes),
            (&mut self.allocs, &other.allocs),
            (&mut self.peak, &other.peak),
            (&mut self.retained, &other.retained),
            (&mut self.final_capacity, &other.final_capacity),
        ] {
            own.merge(more);
        }
        self.passed_on = both(self.passed_on, other.passed_on, u64::saturating_add);
        self.inclusive.add(&other.inclusive);
        self.own.add(&other.own);
        self.size_classes = classes(&self.size_classes, &other.size_classes);
        self.time = both(self.time, other.time, times);
        self.capacity = both(self.capacity, other.capacity, |one, other| CapacityUse {
            count: one.count + other.count,
            held_bytes: one.held_bytes + other.held_bytes,
            used_bytes: one.used_bytes + other.used_bytes,
            max_slack_bytes: one.max_slack_bytes.max(other.max_slack_bytes),
        });
        self.budget = both(self.budget, other.budget, |mut one, other| {
            one.exceeded += other.exceeded;
            one
        });
        self.treated_by = self.treated_by.or(other.treated_by);
        self.arena_given_up |= other.arena_given_up;
        self.switched_off |= other.switched_off;
        self.untracked |= other.untracked;
    }
}

fn times(one: CallTime, other: CallTime) -> CallTime {
    let mean = |a: (u64, f64), b: (u64, f64)| {
        let samples = (a.0 + b.0).max(1) as f64;
        (a.0 as f64 * a.1 + b.0 as f64 * b.1) / samples
    };
    let first = |time: &CallTime| (time.first_calls, time.first_mean_ns);
    CallTime {
        samples: one.samples + other.samples,
        mean_ns: mean((one.samples, one.mean_ns), (other.samples, other.mean_ns)),
        median_ns: if other.samples == 0 { one.median_ns } else { None },
        first_calls: one.first_calls + other.first_calls,
        first_mean_ns: mean(first(&one), first(&other)),
        max_ns: one.max_ns.max(other.max_ns),
    }
}

/// Classes of both, ascending.
fn classes(one: &[SizeClass], other: &[SizeClass]) -> Vec<SizeClass> {
    let mut all = one.to_vec();
    for class in other {
        match all.iter_mut().find(|known| (known.low, known.high) == (class.low, class.high)) {
            Some(known) => known.count += class.count,
            None => all.push(*class),
        }
    }
    all.sort_by_key(|class| class.low);
    all
}

#[cfg(test)]
mod tests {
    use crate::tests::fixture::{self, Call, nest};
    use crate::{ProcessUse, Report};

    fn call(bytes: u64) -> Call {
        Call { bytes, allocs: 1, peak: bytes, retained: 0 }
    }

    /// `main` with one site inside.
    fn process(inner: &str, bytes: u64) -> Report {
        let sites = vec![
            fixture::site("main").calls(1, Call::default()),
            fixture::site(inner).calls(10, call(bytes)).class(bytes, 10),
        ];
        let mut report = fixture::report(sites, 0, 0);
        nest(&mut report, 0, 1);
        report.process = ProcessUse::new(Some(5), Some(100), None);
        report
    }

    #[test]
    fn processes_are_one() {
        let mut all = process("read", 100);
        all.merge(&process("read", 300));
        all.merge(&process("write", 5000));
        let read = all.site("read").unwrap();
        assert_eq!((read.calls, read.bytes.count(), read.bytes.max()), (20, 20, 300));
        assert_eq!((read.bytes.total(), read.inclusive.bytes), (4000, 4000));
        let classes: Vec<_> = read.size_classes.iter().map(|c| (c.low, c.count)).collect();
        assert_eq!(classes, [(100, 10), (300, 10)]);
        assert_eq!(all.site("main").unwrap().calls, 3);
        assert_eq!(all.total().bytes, 54_000);
        assert_eq!((all.process().cpu_ns, all.process().resident_bytes), (Some(15), Some(300)));
        assert_eq!(all.process().peak_resident_bytes, None);
        // One chain of sites is one node, and the sites are in order.
        let names: Vec<_> = all.sites().iter().map(|site| site.name.as_str()).collect();
        let path = |node| all.tree().path(node).iter().map(|at| names[*at]).collect::<Vec<_>>();
        let mut paths: Vec<_> = (0..all.tree().nodes().len()).map(path).collect();
        paths.sort();
        assert_eq!(paths, [vec!["main"], vec!["main", "read"], vec!["main", "write"]]);
        assert!(all.sites().windows(2).all(|two| two[0].inclusive.bytes >= two[1].inclusive.bytes));
        let own: u64 = all.tree().nodes().iter().map(|node| node.own.bytes).sum();
        assert_eq!(own + all.unattributed().bytes, all.total().bytes);
    }
}
