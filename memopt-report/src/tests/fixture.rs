//! Reports built by hand, for the tests of this crate.

use crate::{Report, SiteKind, SiteReport, SizeClass, Stat, Status, Totals, TreeNode};

/// What one call of a site did.
#[derive(Clone, Copy, Default)]
pub(crate) struct Call {
    pub(crate) bytes: u64,
    pub(crate) allocs: u64,
    pub(crate) peak: u64,
    pub(crate) retained: u64,
}

/// A site under construction. All it allocates is its own.
pub(crate) struct Made(pub(crate) SiteReport);

pub(crate) fn site(name: &str) -> Made {
    let mut site = SiteReport::empty(name, SiteKind::Function);
    "src/lib.rs".clone_into(&mut site.file);
    (site.line, site.column) = (1, 1);
    Made(site)
}

impl Made {
    /// `n` calls that did the same.
    pub(crate) fn calls(mut self, n: u64, call: Call) -> Self {
        let Made(site) = &mut self;
        site.calls += n;
        site.bytes.record(call.bytes, n);
        site.allocs.record(call.allocs, n);
        site.peak.record(call.peak, n);
        site.retained.record(call.retained, n);
        let freed_blocks = if call.retained == 0 { call.allocs } else { 0 };
        let totals = Totals {
            allocs: n * call.allocs,
            bytes: n * call.bytes,
            frees: n * freed_blocks,
            freed_bytes: n * call.bytes.saturating_sub(call.retained),
            ..Totals::default()
        };
        site.own.add(&totals);
        site.inclusive.add(&totals);
        self.synced()
    }

    /// `count` allocations of `size` bytes each among those of the calls.
    pub(crate) fn class(mut self, size: u64, count: u64) -> Self {
        self.0.size_classes.push(SizeClass { low: size, high: size, count });
        self
    }

    /// `chains` blocks that grew `grows` times each up to `capacity`, moving `copied` bytes each.
    pub(crate) fn growth(mut self, chains: u64, capacity: u64, grows: u64, copied: u64) -> Self {
        let Made(site) = &mut self;
        site.final_capacity.record(capacity, chains);
        site.grows += chains * grows;
        for totals in [&mut site.own, &mut site.inclusive] {
            totals.reallocs += chains * grows;
            totals.copied_bytes += chains * copied;
        }
        self.synced()
    }

    fn synced(mut self) -> Self {
        let Made(site) = &mut self;
        site.self_bytes = site.own.bytes;
        site.self_allocs = site.own.allocs;
        site.reallocs = site.own.reallocs;
        self
    }
}

/// A counting report of sites that were all entered outside each other, plus unattributed traffic.
pub(crate) fn report(
    sites: Vec<Made>,
    unattributed_bytes: u64,
    unattributed_allocs: u64,
) -> Report {
    let mut report = Report::empty(Status::Counting);
    report.elapsed_ns = 2_000_000_000;
    report.threads = 1;
    report.unattributed = Totals {
        allocs: unattributed_allocs,
        bytes: unattributed_bytes,
        frees: unattributed_allocs,
        freed_bytes: unattributed_bytes,
        ..Totals::default()
    };
    report.total = report.unattributed;
    for (index, Made(site)) in sites.into_iter().enumerate() {
        report.total.add(&site.own);
        report.tree.nodes.push(TreeNode {
            parent: None,
            site: index,
            calls: site.calls,
            own: site.own,
            inclusive: site.inclusive,
        });
        report.sites.push(site);
    }
    report
}

/// Makes site `child` one that is entered only from site `parent`: the parent's figures take the
/// child's in.
pub(crate) fn nest(report: &mut Report, parent: usize, child: usize) {
    assert!(parent < child, "parents come first in the tree");
    report.tree.nodes[child].parent = Some(parent);
    let inside = report.sites[child].inclusive;
    let mut up = Some(parent);
    while let Some(at) = up {
        report.tree.nodes[at].inclusive.add(&inside);
        report.sites[at].inclusive.add(&inside);
        up = report.tree.nodes[at].parent;
    }
}

/// A report of sites with these names and nothing counted.
pub(crate) fn named(names: &[&str]) -> Report {
    report(names.iter().map(|name| site(name)).collect(), 0, 0)
}

/// A small program: `main` reads files, `parse` makes many small blocks, `Index::add` keeps some.
pub(crate) fn sample() -> Report {
    let main =
        site("app::main").calls(1, Call { bytes: 4096, allocs: 4, peak: 6_000_000, retained: 0 });
    let read = site("app::io::read")
        .calls(90, Call { bytes: 20_000, allocs: 1, peak: 20_000, retained: 20_000 })
        .calls(10, Call { bytes: 900_000, allocs: 1, peak: 900_000, retained: 900_000 })
        .growth(100, 32_768, 3, 30_000);
    let parse = site("app::json::Parser::parse")
        .calls(100, Call { bytes: 64_000, allocs: 1_000, peak: 60_000, retained: 0 })
        .class(64, 100_000);
    let add = site("app::Index::add")
        .calls(100, Call { bytes: 8_000, allocs: 10, peak: 8_000, retained: 8_000 });
    let mut report = report(vec![main, read, parse, add], 12_345, 67);
    for child in [1, 2, 3] {
        nest(&mut report, 0, child);
    }
    report.sites[2].panics = 2;
    report.sites[0].bytes = one(report.sites[0].inclusive.bytes);
    report.sites[0].allocs = one(report.sites[0].inclusive.allocs);
    report
}

/// A distribution of one value.
pub(crate) fn one(value: u64) -> Stat {
    let mut stat = Stat::new();
    stat.record(value, 1);
    stat
}
