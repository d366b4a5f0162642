//! A report of all threads: their trees laid over each other, their records added up.

use super::gather::Gathered;
use super::node::Node;
use super::read::{self, Open};
use super::shard::Shard;
use super::spawned;
use crate::report::{Report, SiteKind, SiteReport, Totals, Tree, TreeNode};
use crate::site::Site;
use crate::thread::slot::Slot;
use crate::thread::state::{REGISTRY, now_ns};
use std::collections::{HashMap, HashSet};
use std::ptr;

/// What every site did since the process started. Call it untracked.
pub(crate) fn process_report() -> Report {
    let mut merge = Merge::new(None);
    merge.unattributed = REGISTRY.orphans.read();
    merge.total = merge.unattributed;
    merge.all_threads();
    merge.into_report(now_ns())
}

/// What ran within one recording. Call it untracked.
pub(crate) fn recording_report(recording: u64, elapsed_ns: u64) -> Report {
    let mut merge = Merge::new(Some(recording));
    merge.all_threads();
    merge.into_report(elapsed_ns)
}

/// A node of the merged tree.
struct Merged {
    parent: Option<usize>,
    site: &'static Site,
    calls: u64,
    own: Totals,
}

struct Merge {
    /// Only what lies in this recording.
    recording: Option<u64>,
    nodes: Vec<Merged>,
    by_path: HashMap<(Option<usize>, *const Site), usize>,
    sites: HashMap<*const Site, Gathered>,
    total: Totals,
    unattributed: Totals,
    threads: u64,
}

impl Merge {
    fn new(recording: Option<u64>) -> Self {
        Self {
            recording,
            nodes: Vec::new(),
            by_path: HashMap::new(),
            sites: HashMap::new(),
            total: Totals::default(),
            unattributed: Totals::default(),
            threads: 0,
        }
    }

    fn all_threads(&mut self) {
        for slot in REGISTRY.slots() {
            // SAFETY: null, or a shard, which is never freed.
            let shard: Option<&Shard> = unsafe { slot.shard::<Shard>().as_ref() };
            // The slot's lock keeps the thread from ending, the shard's from folding; neither stops
            // it from counting.
            match shard {
                None => {
                    let total = slot.totals();
                    if self.recording.is_none() {
                        self.threads += 1;
                        self.total.add(&total);
                        self.unattributed.add(&total);
                    }
                }
                Some(shard) => shard.locked(|| {
                    let (total, open, now) = slot.look(|total, running| {
                        let open =
                            running.map_or_else(Vec::new, |(c, _)| read::open_frames(shard, c));
                        let now = running.map_or([0; 4], |(_, now)| four(&now));
                        (total, open, now)
                    });
                    self.thread(slot, shard, &total, &open, now);
                }),
            }
        }
    }

    fn thread(&mut self, slot: &Slot, shard: &Shard, total: &Totals, open: &[Open], now: [u64; 4]) {
        let mut nodes: Vec<&'static Node> = shard.nodes().collect();
        nodes.sort_by_key(|node| node.depth());
        // The thread goes on: a place passed over as free may have been taken before its child's
        // was looked at. Such nodes are newer than `total`.
        let mut known: HashSet<*const Node> = HashSet::new();
        nodes.retain(|node| {
            node.parent().is_none_or(|parent| known.contains(&ptr::from_ref(parent)))
                && known.insert(ptr::from_ref(*node))
        });
        let index: HashMap<*const Node, usize> =
            nodes.iter().enumerate().map(|(i, node)| (ptr::from_ref(*node), i)).collect();
        let mut own = own_traffic(shard, &nodes, &index, total, open, now);
        let total = slot.totals();
        if self.recording.is_none() {
            settle(&mut own, index[&ptr::from_ref(shard.root())], four(&total));
        }
        let included = self.included(&nodes, &index);
        if self.recording.is_none() || included.contains(&true) {
            self.threads += 1;
        }
        // Where each node of the thread lies in the merged tree; `None` is outside every site.
        let mut place: Vec<Option<usize>> = vec![None; nodes.len()];
        for (i, node) in nodes.iter().enumerate() {
            if !included[i] {
                continue;
            }
            let above = node.parent().and_then(|p| place[index[&ptr::from_ref(p)]]);
            place[i] = match node.site() {
                Some(site) => Some(self.merged(above, site)),
                None => above,
            };
            let mut totals = Totals::default();
            totals.allocs = own[i][0];
            totals.bytes = own[i][1];
            totals.frees = own[i][2];
            totals.freed_bytes = own[i][3];
            totals.reallocs = node.reallocs.get();
            totals.copied_bytes = node.copied.get();
            match place[i] {
                Some(at) => {
                    self.nodes[at].own.add(&totals);
                    self.nodes[at].calls += node.calls();
                }
                None => self.unattributed.add(&totals),
            }
            if let Some(site) = node.site() {
                let site = self.site(site);
                site.idle += node.idle.get();
                site.report.calls += node.calls();
                site.report.recursive_calls += node.flow().map_or(0, |flow| flow.recursive.get());
            }
            if self.recording.is_some() {
                self.total.add(&totals);
            }
        }
        for frame in open.iter().filter(|frame| !frame.carried) {
            let counted = included[index[&ptr::from_ref(frame.node)]];
            if let (true, Some(site)) = (counted, frame.node.site()) {
                self.site(site).report.open += 1;
            }
        }
        self.records(shard, &nodes, &included);
        if self.recording.is_none() {
            self.total.add(&total);
            // The root's `realloc`s are those no node has.
            let of_nodes = |f: fn(&Node) -> u64| nodes.iter().map(|node| f(node)).sum::<u64>();
            self.unattributed.reallocs +=
                total.reallocs.saturating_sub(of_nodes(|n| n.reallocs.get()));
            self.unattributed.copied_bytes +=
                total.copied_bytes.saturating_sub(of_nodes(|n| n.copied.get()));
        }
    }

    /// Which nodes belong to the report.
    fn included(&self, nodes: &[&'static Node], index: &HashMap<*const Node, usize>) -> Vec<bool> {
        let Some(recording) = self.recording else { return vec![true; nodes.len()] };
        let mut included = vec![false; nodes.len()];
        for (i, node) in nodes.iter().enumerate() {
            included[i] = node.recording() == recording
                || node.parent().is_some_and(|p| included[index[&ptr::from_ref(p)]]);
        }
        included
    }

    /// The node of `site` below `parent`. A site that is open further up already is that node: a
    /// recording in between, not folded yet, does not make the tree grow.
    fn merged(&mut self, parent: Option<usize>, site: &'static Site) -> usize {
        let mut up = parent;
        while let Some(at) = up {
            if ptr::eq(self.nodes[at].site, site) {
                return at;
            }
            up = self.nodes[at].parent;
        }
        *self.by_path.entry((parent, ptr::from_ref(site))).or_insert_with(|| {
            self.nodes.push(Merged { parent, site, calls: 0, own: Totals::default() });
            self.nodes.len() - 1
        })
    }

    fn site(&mut self, site: &'static Site) -> &mut Gathered {
        self.sites.entry(ptr::from_ref(site)).or_insert_with(|| Gathered::new(site))
    }

    fn records(&mut self, shard: &Shard, nodes: &[&'static Node], included: &[bool]) {
        let mut recordings: Vec<u64> = nodes
            .iter()
            .zip(included)
            .filter(|(_, included)| **included)
            .map(|(n, _)| n.recording())
            .collect();
        recordings.sort_unstable();
        recordings.dedup();
        for record in shard.records() {
            let Some(site) = record.site() else { continue };
            if recordings.binary_search(&record.recording.get()).is_ok()
                && self.sites.contains_key(&ptr::from_ref(site))
            {
                self.site(site).add(shard, record);
            }
        }
    }

    /// Lays the nodes of tasks over those of the tracked functions they run. A task is counted as
    /// the call of its function.
    fn tasks_are_their_functions(&mut self) {
        let functions = spawned::functions(self.nodes.iter().map(|node| (node.parent, node.site)));
        if functions.is_empty() {
            return;
        }
        self.by_path.clear();
        let nodes = std::mem::take(&mut self.nodes);
        let mut place: Vec<usize> = Vec::with_capacity(nodes.len());
        for node in nodes {
            let function = functions.get(&ptr::from_ref(node.site)).copied();
            let parent = node.parent.map(|parent| place[parent]);
            let at = self.merged(parent, function.unwrap_or(node.site));
            self.nodes[at].own.add(&node.own);
            if function.is_none() {
                self.nodes[at].calls += node.calls;
            }
            place.push(at);
        }
        self.sites.retain(|site, _| !functions.contains_key(site));
    }

    fn into_report(mut self, elapsed_ns: u64) -> Report {
        self.tasks_are_their_functions();
        let mut inclusive: Vec<Totals> = self.nodes.iter().map(|node| node.own).collect();
        for i in (0..self.nodes.len()).rev() {
            if let Some(parent) = self.nodes[i].parent {
                let below = inclusive[i];
                inclusive[parent].add(&below);
            }
        }
        let mut sites = self.sites;
        for (node, with_inner) in self.nodes.iter().zip(&inclusive) {
            if let Some(gathered) = sites.get_mut(&ptr::from_ref(node.site)) {
                gathered.report.own.add(&node.own);
                // No path holds a site twice, so its nodes never lie within each other.
                gathered.report.inclusive.add(with_inner);
            }
        }
        let mut finished: Vec<(*const Site, SiteReport)> = sites
            .into_iter()
            .map(|(key, gathered)| (key, gathered.finish()))
            .filter(|(_, s)| is_worth_showing(s))
            .collect();
        finished.sort_by(|(_, a), (_, b)| {
            (b.inclusive.bytes, b.calls)
                .cmp(&(a.inclusive.bytes, a.calls))
                .then_with(|| a.name.cmp(&b.name))
        });
        let position: HashMap<*const Site, usize> =
            finished.iter().enumerate().map(|(i, (key, _))| (*key, i)).collect();
        let sites = finished.into_iter().map(|(_, site)| site).collect();
        // The overflow node is there on every thread, mostly empty; it has no children, so it can
        // be left out.
        let kept: Vec<usize> = (0..self.nodes.len())
            .filter(|&i| position.contains_key(&ptr::from_ref(self.nodes[i].site)))
            .collect();
        let new_index: HashMap<usize, usize> =
            kept.iter().enumerate().map(|(new, old)| (*old, new)).collect();
        let nodes = kept.iter().map(|&i| {
            let parent = self.nodes[i].parent.and_then(|p| new_index.get(&p).copied());
            let mut node = TreeNode::new(parent, position[&ptr::from_ref(self.nodes[i].site)]);
            node.calls = self.nodes[i].calls;
            node.own = self.nodes[i].own;
            node.inclusive = inclusive[i];
            node
        });
        Report::empty(super::status())
            .with_elapsed_ns(elapsed_ns)
            .with_threads(self.threads)
            .with_total(self.total, self.unattributed)
            .with_sites(sites, Tree::new(nodes.collect()))
    }
}

fn four(totals: &Totals) -> [u64; 4] {
    [totals.allocs, totals.bytes, totals.frees, totals.freed_bytes]
}

fn add(to: &mut [u64; 4], n: [u64; 4]) {
    for (to, n) in to.iter_mut().zip(n) {
        *to = to.wrapping_add(n);
    }
}

fn sub(to: &mut [u64; 4], n: [u64; 4]) {
    for (to, n) in to.iter_mut().zip(n) {
        *to = to.wrapping_sub(n);
    }
}

/// Each node's traffic without the scopes inside; Σ over the nodes is the thread's total.
///
/// Own = what entered it − what entered its children by the tree − what left it by other ways.
/// Calls still open have not been added to `entered`; what they did so far lies between the
/// counters at entry of one frame and of the next.
///
/// The thread goes on meanwhile, so what calls in flight did may show at a neighbour until the next
/// reading.
fn own_traffic(
    shard: &Shard,
    nodes: &[&'static Node],
    index: &HashMap<*const Node, usize>,
    total: &Totals,
    open: &[Open],
    now: [u64; 4],
) -> Vec<[u64; 4]> {
    let root = index[&ptr::from_ref(shard.root())];
    let mut own = vec![[0; 4]; nodes.len()];
    add(&mut own[root], four(total));
    for (i, node) in nodes.iter().enumerate() {
        let open_here = open.iter().find(|frame| ptr::eq(frame.node, *node));
        let mut entered = open_here.map_or_else(|| node.entered(), |frame| frame.entered);
        if i != root {
            add(&mut own[i], entered);
        }
        if let Some(flow) = node.flow() {
            let entering: [u64; 4] = std::array::from_fn(|k| flow.entering[k].get());
            let leaving: [u64; 4] = std::array::from_fn(|k| flow.leaving[k].get());
            if i == root {
                add(&mut own[i], entering);
            }
            sub(&mut own[i], leaving);
            sub(&mut entered, entering);
        }
        if let Some(parent) = node.parent() {
            sub(&mut own[index[&ptr::from_ref(parent)]], entered);
        }
    }
    for (position, frame) in open.iter().enumerate() {
        let at = index[&ptr::from_ref(frame.node)];
        let end = open.get(position + 1).map_or(now, |next| next.at_entry);
        let mut span = end;
        sub(&mut span, frame.at_entry);
        add(&mut own[at], span);
        if position == 0 {
            // What the outermost open frame did since entry is in the total, but not the root's
            // own.
            let mut all = now;
            sub(&mut all, frame.at_entry);
            sub(&mut own[root], all);
        }
    }
    for share in own.iter_mut().flatten() {
        *share = share.cast_signed().max(0).cast_unsigned();
    }
    own
}

/// Makes the shares of a thread that went on while they were read add up to `total`, which was read
/// after them: the root has the rest. Changes nothing where the thread stood still.
fn settle(own: &mut [[u64; 4]], root: usize, total: [u64; 4]) {
    for (k, mut rest) in total.into_iter().enumerate() {
        for (_, share) in own.iter_mut().enumerate().filter(|(i, _)| *i != root) {
            // A share read half-way may come out below zero.
            share[k] = share[k].cast_signed().max(0).cast_unsigned().min(rest);
            rest -= share[k];
        }
        own[root][k] = rest;
    }
}

/// Whether anything was recorded; the overflow site is there on every thread, mostly unused.
fn is_worth_showing(site: &SiteReport) -> bool {
    site.kind != SiteKind::Other || site.calls > 0
}
