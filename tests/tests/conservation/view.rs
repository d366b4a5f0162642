//! What a report shows, from the model's side and from the report's, in one form to compare.

use crate::model::{Model, Step, Way, entered};
use crate::program::SITES;
use memopt_runtime::Report;
use memopt_runtime::report::Totals;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What was counted for one way from the root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// allocs, bytes, frees, freed bytes, reallocs
    pub(crate) own: [i64; 5],
    pub(crate) calls: u64,
    pub(crate) recursive: u64,
    pub(crate) panics: u64,
    pub(crate) cancelled: u64,
    pub(crate) outermost: u64,
    pub(crate) retained: i64,
    /// Largest bytes, allocs, peak and retained bytes of an outermost call.
    pub(crate) max: [i64; 4],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SiteView {
    pub(crate) own: [i64; 5],
    pub(crate) inclusive: [i64; 5],
    pub(crate) calls: u64,
    pub(crate) recursive: u64,
    pub(crate) panics: u64,
    pub(crate) cancelled: u64,
    pub(crate) open: u64,
    pub(crate) outermost: u64,
    pub(crate) retained: i64,
    pub(crate) max: [i64; 4],
}

#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    /// (own, calls) by the sites from the root; those with neither are left out.
    pub(crate) tree: BTreeMap<Vec<usize>, ([i64; 5], u64)>,
    pub(crate) sites: [SiteView; SITES],
    pub(crate) unattributed: [i64; 5],
    pub(crate) total: [i64; 5],
    /// Of the recording itself, where it has one.
    pub(crate) peak: Option<i64>,
    pub(crate) of_recording: bool,
    /// Two trees are right.
    pub(crate) either: bool,
}

fn add(to: &mut [i64; 5], n: [i64; 5]) {
    for (to, n) in to.iter_mut().zip(n) {
        *to += n;
    }
}

/// As [`shown`], but with each recording folded into the way around it before that is folded
/// further. Where sites recur crosswise through two recordings the two may differ, and a report
/// shows either, depending on whether the recordings are still on.
fn folded(way: &[Step]) -> Vec<usize> {
    let mut way = way.to_vec();
    while let Some(at) = way.iter().rposition(|s| matches!(s, Step::Recording(_))) {
        let within = way.split_off(at);
        way = within
            .iter()
            .fold(way, |way, s| if let Step::Site(site) = s { entered(way, *site) } else { way });
    }
    shown(&way)
}

/// The sites of a way as a report shows it: recordings are no part of it.
fn shown(way: &[Step]) -> Vec<usize> {
    let sites =
        way.iter().filter_map(|s| if let Step::Site(site) = s { Some(*site) } else { None });
    let way: Way = sites.fold(Vec::new(), entered);
    way.iter().map(|s| if let Step::Site(site) = s { *site } else { unreachable!() }).collect()
}

impl View {
    /// What the model has counted so far, in all or within one recording.
    pub(crate) fn of(model: &Model, recording: Option<u64>) -> Self {
        let inside = |way: &Way| match recording {
            None => Some(way.clone()),
            Some(r) => {
                way.iter().position(|s| *s == Step::Recording(r)).map(|at| way[at + 1..].to_vec())
            }
        };
        let within = |way: &Way| inside(way).map(|way| shown(&way));
        let mut view = Self { of_recording: recording.is_some(), ..Self::default() };
        for (way, counts) in &model.counts {
            let Some(path) = within(way) else { continue };
            view.either |= inside(way).is_some_and(|way| folded(&way) != path);
            add(&mut view.total, counts.own);
            for (i, site) in path.iter().enumerate() {
                let site = &mut view.sites[*site];
                add(&mut site.inclusive, counts.own);
                if i + 1 == path.len() {
                    add(&mut site.own, counts.own);
                    site.calls += counts.calls;
                    site.recursive += counts.recursive;
                    site.panics += counts.panics;
                    site.cancelled += counts.cancelled;
                    site.outermost += counts.outermost;
                    site.retained += counts.retained;
                    for (max, n) in site.max.iter_mut().zip(counts.max) {
                        *max = (*max).max(n);
                    }
                }
            }
            if path.is_empty() {
                add(&mut view.unattributed, counts.own);
            } else {
                let node = view.tree.entry(path).or_default();
                add(&mut node.0, counts.own);
                node.1 += counts.calls;
            }
        }
        for frame in model.threads.iter().flat_map(|t| &t.frames) {
            if let (Some(site), Some(_)) = (frame.call, within(&frame.way)) {
                view.sites[site].open += 1;
            }
        }
        view.tree.retain(|_, node| *node != ([0; 5], 0));
        view
    }

    /// What a report shows.
    pub(crate) fn read(report: &Report, of_recording: bool) -> Self {
        let five = |t: &Totals| {
            [t.allocs, t.bytes, t.frees, t.freed_bytes, t.reallocs].map(u64::cast_signed)
        };
        let mut view = Self {
            total: five(report.total()),
            unattributed: five(report.unattributed()),
            of_recording,
            ..Self::default()
        };
        let numbers: Vec<usize> = report.sites().iter().map(|s| number(&s.name)).collect();
        for (site, number) in report.sites().iter().zip(&numbers) {
            view.sites[*number] = SiteView {
                own: five(&site.own),
                inclusive: five(&site.inclusive),
                calls: site.calls,
                recursive: site.recursive_calls,
                panics: site.panics,
                cancelled: site.cancelled,
                open: site.open,
                outermost: site.bytes.count(),
                retained: site.retained.total().cast_signed(),
                max: [&site.bytes, &site.allocs, &site.peak, &site.retained]
                    .map(|s| s.max().cast_signed()),
            };
        }
        let tree = report.tree();
        for (i, node) in tree.nodes().iter().enumerate() {
            let path: Vec<usize> = tree.path(i).into_iter().map(|site| numbers[site]).collect();
            let known = view.tree.insert(path, (five(&node.own), node.calls));
            assert!(known.is_none(), "two nodes of the tree have the same path");
        }
        view
    }

    /// What was added since `earlier`.
    pub(crate) fn since(mut self, earlier: &Self) -> Self {
        let sub = |from: &mut [i64; 5], n: [i64; 5]| {
            from.iter_mut().zip(n).for_each(|(from, n)| *from -= n)
        };
        sub(&mut self.total, earlier.total);
        sub(&mut self.unattributed, earlier.unattributed);
        for (path, (own, calls)) in &earlier.tree {
            let node = self.tree.get_mut(path).expect("nodes stay in the tree");
            sub(&mut node.0, *own);
            node.1 -= calls;
        }
        for (site, old) in self.sites.iter_mut().zip(&earlier.sites) {
            sub(&mut site.own, old.own);
            sub(&mut site.inclusive, old.inclusive);
            site.calls -= old.calls;
            site.recursive -= old.recursive;
            site.panics -= old.panics;
            site.cancelled -= old.cancelled;
            site.outermost -= old.outermost;
            site.retained -= old.retained;
        }
        self
    }

    /// Where `self`, which is right, and `other` differ.
    pub(crate) fn differences(&self, other: &Self, crossed: bool) -> String {
        let mut text = String::new();
        let mut note = |what: &str, right: String, found: String| {
            if right != found {
                _ = writeln!(text, "  {what}: expected {right}, found {found}");
            }
        };
        note("total", format!("{:?}", self.total), format!("{:?}", other.total));
        note(
            "unattributed",
            format!("{:?}", self.unattributed),
            format!("{:?}", other.unattributed),
        );
        let paths: std::collections::BTreeSet<_> =
            self.tree.keys().chain(other.tree.keys()).collect();
        for path in paths.into_iter().filter(|_| !self.either) {
            let shown =
                |view: &Self| format!("{:?}", view.tree.get(path).copied().unwrap_or_default());
            note(&format!("node {path:?}"), shown(self), shown(other));
        }
        for (i, (right, found)) in self.sites.iter().zip(&other.sites).enumerate() {
            let (mut right, mut found) = (*right, *found);
            if !self.of_recording {
                // Largest values do not subtract.
                (right.max, found.max) = ([0; 4], [0; 4]);
            }
            if self.either {
                (right.inclusive, found.inclusive) = ([0; 5], [0; 5]);
            }
            if crossed {
                (right.max[2], found.max[2]) = (0, 0);
            }
            note(&format!("site {i:02}"), format!("{right:?}"), format!("{found:?}"));
        }
        let mut sum = other.unattributed;
        other.tree.values().for_each(|(own, _)| add(&mut sum, *own));
        note(
            "sum over the tree and unattributed",
            format!("{:?}", other.total),
            format!("{sum:?}"),
        );
        text
    }
}

/// The number in the name of a site, `…s07`.
fn number(name: &str) -> usize {
    let digits = name.rsplit('s').next().and_then(|n| n.parse().ok());
    digits.unwrap_or_else(|| panic!("a site is called {name}"))
}
