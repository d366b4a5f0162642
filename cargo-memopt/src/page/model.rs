//! What the page shows, as JSON: sites and site tree of both runs, laid over each other.

use super::Run;
use crate::quantity::Quantity;
use memopt_report::{Report, SiteReport, Totals};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Sites and nodes in the page at most: a browser draws them all.
const MOST: usize = 50_000;

/// The data of the page.
pub(super) fn data(before: Option<Run<'_>>, after: Run<'_>) -> Value {
    let empty = Report::empty(after.1.status());
    let older = before.map_or(&empty, |(_, report)| report);
    let pairs = older.pair_sites(after.1);
    let mut index: HashMap<*const SiteReport, usize> = HashMap::new();
    for (at, (old, new)) in pairs.iter().enumerate() {
        for site in [old, new].into_iter().flatten() {
            index.insert(std::ptr::from_ref(*site), at);
        }
    }
    let sites: Vec<Value> = pairs
        .iter()
        .take(MOST)
        .map(|(old, new)| {
            let of = |site: Option<&SiteReport>| site.map(figures);
            let known = new.or(*old);
            json!({
                "name": known.map(|site| &site.name),
                "file": known.map(|site| &site.file),
                "line": known.map(|site| site.line),
                "old": of(*old),
                "new": of(*new),
            })
        })
        .collect();
    let mut tree = Merged::default();
    tree.add(older, 0, &index);
    tree.add(after.1, 1, &index);
    let findings: Vec<Value> = after
        .1
        .findings()
        .iter()
        .take(200)
        .map(|finding| {
            json!({
                "code": finding.code,
                "title": finding.title,
                "help": finding.help,
                "site": finding.site,
                "file": finding.file,
                "line": finding.line,
                "remedy": finding.remedy.is_some(),
                "edit": finding.edit.as_ref().map(ToString::to_string),
            })
        })
        .collect();
    json!({
        "before": before.map(|(name, report)| run(name, report)),
        "after": run(after.0, after.1),
        "sites": sites,
        "tree": tree.nodes(),
        "findings": findings,
        "cut": pairs.len().saturating_sub(MOST),
    })
}

fn run(name: &str, report: &Report) -> Value {
    let totals: serde_json::Map<String, Value> = Quantity::ALL
        .into_iter()
        .map(|quantity| (quantity.key().to_owned(), json!(quantity.of_run(report))))
        .collect();
    json!({
        "name": name,
        "notice": report.status().notice(),
        "totals": totals,
        "elapsed_ns": report.elapsed().as_nanos() as u64,
        "threads": report.threads(),
        "outside": [report.unattributed().bytes, report.unattributed().allocs],
    })
}

/// Calls, then each quantity of the page's columns.
fn figures(site: &SiteReport) -> [u64; 8] {
    [
        site.calls,
        site.inclusive.bytes,
        site.self_bytes,
        site.inclusive.allocs,
        site.self_allocs,
        site.reallocs,
        site.peak.max(),
        site.retained.total(),
    ]
}

/// The site tree of both runs as one; nodes of the same path are one node.
#[derive(Default)]
struct Merged {
    nodes: Vec<Node>,
    by_path: HashMap<(Option<usize>, usize), usize>,
}

struct Node {
    parent: Option<usize>,
    site: usize,
    /// Of the older and the newer run.
    own: [Totals; 2],
}

impl Merged {
    fn add(&mut self, report: &Report, side: usize, index: &HashMap<*const SiteReport, usize>) {
        let mut places: Vec<usize> = Vec::with_capacity(report.tree().nodes().len());
        for node in report.tree().nodes() {
            let parent = node.parent.map(|parent| places[parent]);
            let known = std::ptr::from_ref(&report.sites()[node.site]);
            let pair = index.get(&known).copied().unwrap_or(0);
            let next = self.nodes.len();
            let at = *self.by_path.entry((parent, pair)).or_insert(next);
            if at == next {
                self.nodes.push(Node { parent, site: pair, own: [Totals::default(); 2] });
            }
            self.nodes[at].own[side].add(&node.own);
            places.push(at);
        }
    }

    /// Each as `[parent, site, bytes before, blocks before, bytes after, blocks after]`, what is
    /// its own; parents first, -1 for none.
    fn nodes(&self) -> Vec<Value> {
        self.nodes
            .iter()
            .map(|node| {
                let parent = node.parent.map_or(-1, |parent| parent as i64);
                let [old, new] = node.own;
                json!([parent, node.site, old.bytes, old.allocs, new.bytes, new.allocs])
            })
            .collect()
    }
}
