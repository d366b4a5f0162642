//! One site as the rules see it: its report beside the figures of the whole.

use super::fate::{self, Fate, Part};
use super::floor::LEAST_OWN;
use super::limits;
use super::saving::{FRESH, Saving, together};
use super::served::{self, Served};
use super::source::body::Body;
use super::source::{EnumSizes, Sources};
use crate::label::{clean, shorten};
use crate::units::ratio;
use crate::{CallPath, CostModel, HandOff, Remedy, Report, SiteKind, SiteReport, Stat, Step};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// A report, and what rules ask of all of it.
pub(super) struct Whole<'a> {
    report: &'a Report,
    /// CPU time of the run without memopt's own, ns.
    cpu_ns: Option<f64>,
    /// Highest peak known: of any site, or of what is live now. Bytes.
    highest_peak: u64,
    /// By site those entered directly from it, anywhere in the tree, but itself.
    inner: Vec<Vec<usize>>,
    /// By site the bytes that those left to it.
    inner_left: Vec<u64>,
    /// By site where its blocks are freed.
    fates: Vec<Fate>,
    /// By site what remedies save of its blocks already.
    served: Vec<Served>,
    /// What the heap knows of each site, by its name.
    heap: HashMap<&'a str, OfHeap<'a>>,
    /// Sites that the optimizer treats for good, with the remedy.
    adopted: HashMap<&'a str, Remedy>,
    sources: RefCell<Sources>,
    /// Bodies that were read, by site.
    bodies: RefCell<HashMap<usize, Option<Rc<Body>>>>,
}

impl<'a> Whole<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let live = u64::try_from(report.total().live_bytes()).unwrap_or(0);
        let highest_peak = report.sites().iter().map(|s| s.peak.max()).fold(live, u64::max);
        let mut inner = vec![Vec::new(); report.sites().len()];
        let mut inner_left = vec![0; report.sites().len()];
        let nodes = report.tree().nodes();
        for node in nodes {
            let Some(parent) = node.parent.and_then(|parent| nodes.get(parent)) else { continue };
            if parent.site != node.site {
                inner[parent.site].push(node.site);
                inner_left[parent.site] += u64::try_from(node.inclusive.live_bytes()).unwrap_or(0);
            }
        }
        Self {
            report,
            cpu_ns: run_ns(report).map(|(program, _)| program),
            highest_peak,
            inner,
            inner_left,
            fates: fate::of_sites(report),
            served: served::of_sites(report),
            heap: of_heap(report),
            adopted: adopted(report),
            sources: RefCell::new(Sources::of(report)),
            bodies: RefCell::default(),
        }
    }
}

/// What the heap knows of a site.
#[derive(Default)]
pub(super) struct OfHeap<'a> {
    /// Where its blocks are made.
    pub(super) call_paths: Vec<&'a CallPath>,
    /// Who frees them.
    pub(super) hand_offs: Vec<&'a HandOff>,
}

impl OfHeap<'_> {
    /// Bytes that its blocks hold now, or at the peak of the heap, whichever is more.
    pub(super) fn most_held(&self) -> u64 {
        let sum = |held: fn(&CallPath) -> u64| self.call_paths.iter().map(|path| held(path)).sum();
        u64::max(sum(|path| path.live.bytes), sum(|path| path.at_peak.bytes))
    }
}

fn of_heap(report: &Report) -> HashMap<&str, OfHeap<'_>> {
    let mut sites: HashMap<&str, OfHeap<'_>> = HashMap::new();
    let Some(heap) = report.heap() else { return sites };
    for path in &heap.call_paths {
        if let Some(site) = path.scopes.last() {
            sites.entry(site).or_default().call_paths.push(path);
        }
    }
    for hand_off in &heap.hand_offs {
        sites.entry(&hand_off.from).or_default().hand_offs.push(hand_off);
    }
    sites
}

/// What the optimizer decided last of each site, where it adopted a remedy.
fn adopted(report: &Report) -> HashMap<&str, Remedy> {
    let mut sites = HashMap::new();
    for action in report.actions() {
        match action.step {
            Step::Adopted => _ = sites.insert(action.site.as_str(), action.remedy),
            Step::Reverted => _ = sites.remove(action.site.as_str()),
            _ => {}
        }
    }
    sites
}

/// CPU time of the program and of memopt's entries and exits, ns; `None` where it is not known.
fn run_ns(report: &Report) -> Option<(f64, f64)> {
    let cpu = report.process().cpu_ns.filter(|cpu| *cpu > 0)? as f64;
    let calls: u64 = report.sites().iter().map(|site| site.calls).sum();
    let own = calls as f64 * report.costs().call_ns;
    // The cost of a call is a constant and may be too high.
    Some(((cpu - own).max(cpu / LEAST_OWN), own))
}

/// Whether shares of the CPU time say how much a change is worth: the time is known, and two thirds
/// of it are the program's own. The cost of an entry is a constant, and may be half of the true
/// one.
pub(super) fn cpu_is_telling(report: &Report) -> bool {
    run_ns(report).is_some_and(|(program, own)| 2.0 * own < program)
}

/// A site under judgement.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) report: &'a Report,
    whole: &'a Whole<'a>,
    index: usize,
    pub(super) site: &'a SiteReport,
}

/// Sizes near enough to be served by one pool.
pub(super) struct Class {
    pub(super) low: u64,
    pub(super) high: u64,
    pub(super) count: u64,
}

/// All sites of a report that rules may judge.
pub(super) fn subjects<'a>(whole: &'a Whole<'a>) -> impl Iterator<Item = Subject<'a>> {
    let report = whole.report;
    let sites = report.sites().iter().enumerate().filter(|(_, site)| site.kind != SiteKind::Other);
    sites.map(move |(index, site)| Subject { report, whole, index, site })
}

impl<'a> Subject<'a> {
    /// The site's name as a title shows it.
    pub(super) fn name(&self) -> String {
        shorten(&clean(&self.site.name), 32)
    }

    /// Finished outermost calls.
    pub(super) fn calls(&self) -> u64 {
        self.site.bytes.count()
    }

    /// Where its blocks are freed. What a method leaves in `self` stays: that its caller drops the
    /// owner at last is no hand-off.
    pub(super) fn fate(&self) -> Fate {
        let mut fate = self.freed();
        if fate.by_caller.blocks > 0 && self.body().is_some_and(|body| !body.hands_out()) {
            fate.kept = fate.kept.and(fate.by_caller);
            fate.by_caller = Part::default();
        }
        fate
    }

    /// What calls to the allocator cost here: less where a remedy serves the blocks already.
    pub(super) fn costs(&self) -> CostModel {
        let mut costs = *self.report.costs();
        costs.pairs_ns = costs.pairs_ns.map(|ns| ns * (1.0 - self.served().saved));
        costs
    }

    /// What remedies save of its blocks already.
    pub(super) fn served(&self) -> Served {
        self.whole.served[self.index]
    }

    /// The same by the tree alone, whoever owns them.
    pub(super) fn freed(&self) -> Fate {
        self.whole.fates[self.index]
    }

    /// What the heap knows of it, where blocks are sampled or tracked.
    pub(super) fn of_heap(&self) -> Option<&OfHeap<'a>> {
        self.whole.heap.get(self.site.name.as_str())
    }

    /// The remedy that the optimizer has adopted for it.
    pub(super) fn adopted(&self) -> Option<Remedy> {
        self.whole.adopted.get(self.site.name.as_str()).copied()
    }

    /// The site with this index.
    pub(super) fn other(&self, index: usize) -> &'a SiteReport {
        &self.report.sites()[index]
    }

    /// What its function makes, where its source can be read. Rules ask when the figures fit: a
    /// file is read for it.
    pub(super) fn body(&self) -> Option<Rc<Body>> {
        self.body_of(self.index)
    }

    /// The same of the site with this index.
    pub(super) fn body_of(&self, index: usize) -> Option<Rc<Body>> {
        let mut bodies = self.whole.bodies.borrow_mut();
        let read = || self.whole.sources.borrow_mut().body_of(self.other(index)).map(Rc::new);
        bodies.entry(index).or_insert_with(read).clone()
    }

    /// The enum of this name in its file, where the sizes of all variants are known.
    pub(super) fn enum_sizes(&self, name: &str) -> Option<EnumSizes> {
        self.whole.sources.borrow_mut().enum_sizes(self.site, name)
    }

    /// Growing reallocations of a block of its own, on average.
    pub(super) fn growth_each(&self) -> f64 {
        ratio(self.site.grows, self.site.own.allocs)
    }

    /// Bytes a call of the few blocks of its own that stay beside those that come and go.
    fn own_beside(&self) -> u64 {
        let site = self.site;
        let few = 2 * self.calls();
        let rare = site.size_classes.iter().filter(|class| class.count <= few);
        let made: u64 = rare.map(|class| class.high.saturating_mul(class.count)).sum();
        let grown = site.final_capacity.buckets().filter(|(.., count)| *count <= few);
        let grown: u64 = grown.map(|(low, _, count)| low.saturating_mul(count)).sum();
        (made + grown) / self.calls().max(1)
    }

    /// Bytes a call of the few blocks that stay beside those that come and go: an input, a result.
    fn beside(&self) -> u64 {
        // A block made once a call is one of those that come and go in many calls.
        if !self.loops_inside() {
            return 0;
        }
        let site = self.site;
        let inner: u64 = self.inner().map(|inner| inner.retained.max()).max().unwrap_or(0);
        // Far more than a call holds has come and gone; a little more was freed since the peak.
        let left = self.whole.inner_left[self.index] / self.calls().max(1);
        let peak = site.peak.mean() as u64;
        let left = if left <= peak + peak / 4 { left.min(peak) } else { 0 };
        self.own_beside() + inner.max(left)
    }

    /// Bytes that a call holds at its peak without the few blocks that stay beside.
    pub(super) fn held_one_by_one(&self) -> u64 {
        let beside = self.beside();
        // Sizes are known to a sixteenth, and their mean is not the peak's.
        // Nor is what a call inside holds while it runs, which may be when the peak is.
        let meanwhile = |inner: &SiteReport| inner.peak.max().saturating_sub(inner.retained.max());
        let inside = self.inner().map(meanwhile).max().unwrap_or(0);
        let held = self.site.peak.p99().saturating_sub(beside + beside / 4 + inside);
        if self.lists_all() { held.max(self.site.own.bytes / self.calls().max(1)) } else { held }
    }

    /// Whether a call has all its blocks at once for sure: it sorts or collects, and what stays
    /// beside is a list or table with a place for each of them.
    fn lists_all(&self) -> bool {
        let blocks = self.site.own.allocs / self.calls().max(1);
        blocks >= limits::KEPT_BLOCKS
            && self.own_beside() >= blocks.saturating_mul(limits::OWNER)
            && self.body().is_some_and(|body| body.lists_values())
    }

    /// Whether the caller that drops its blocks has most of them at once: in a table or a list that
    /// lives as long as the caller's own call.
    pub(super) fn stays_with_caller(&self) -> bool {
        let fate = self.fate();
        let Some(caller) = fate.caller.map(|site| self.other(site)) else { return false };
        let calls = caller.bytes.count().max(1);
        // What the caller makes itself may be all that it holds.
        let held = caller.peak.mean() - (caller.self_bytes / calls) as f64;
        fate.by_caller.blocks / calls >= limits::KEPT_BLOCKS
            && held >= limits::TOGETHER * (fate.by_caller.bytes / calls) as f64
    }

    /// Whether it makes its blocks in a loop of its own calls rather than in each of many calls.
    pub(super) fn loops_inside(&self) -> bool {
        self.site.own.allocs / self.calls().max(1) >= limits::LOOP_BLOCKS
    }

    /// Share of the most resident bytes of the process, or of the highest peak where these are not
    /// known.
    pub(super) fn share_of_memory(&self, bytes: u64) -> f64 {
        let resident = self.report.process().peak_resident_bytes.unwrap_or(0);
        ratio(bytes, resident.max(self.whole.highest_peak)).min(1.0)
    }

    /// As [`priced`](Self::priced), of blocks that stay: fresh memory costs more.
    pub(super) fn priced_fresh(&self, saving: Saving) -> Saving {
        self.priced_part_fresh(saving, saving.allocs)
    }

    /// The same where so many of the blocks stay.
    pub(super) fn priced_part_fresh(&self, saving: Saving, stay: u64) -> Saving {
        let costs = self.costs();
        let stay = stay.min(saving.allocs);
        let more = stay as f64 * costs.pair_ns(saving.bytes / saving.allocs.max(1));
        let ns = saving.time_ns(&costs) + FRESH * more;
        let mut saving = self.priced(saving);
        self.set_time(&mut saving, ns);
        saving
    }

    /// The saving less what moving so many more bytes costs.
    pub(super) fn less_moves(&self, mut saving: Saving, moved_bytes: u64) -> Saving {
        let moves = moved_bytes as f64 / 1024.0 * self.costs().copied_kib_ns;
        let ns = (saving.cpu_ns as f64 - moves).max(0.0);
        self.set_time(&mut saving, ns);
        saving
    }

    /// The saving and what filling so many bytes costs: half of moving them, which reads them too.
    pub(super) fn more_fills(&self, saving: Saving, bytes: u64) -> Saving {
        self.more_moves(saving, bytes / 2)
    }

    /// The saving and what moving so many bytes costs.
    pub(super) fn more_moves(&self, mut saving: Saving, bytes: u64) -> Saving {
        let moves = bytes as f64 / 1024.0 * self.costs().copied_kib_ns;
        let ns = saving.cpu_ns as f64 + moves;
        self.set_time(&mut saving, ns);
        saving
    }

    /// The saving and so many pairs of each block more, or less.
    pub(super) fn more_pairs(&self, mut saving: Saving, pairs: f64) -> Saving {
        let pair = self.costs().pair_ns(saving.bytes / saving.allocs.max(1));
        let ns = saving.cpu_ns as f64 + pairs * pair * saving.allocs as f64;
        self.set_time(&mut saving, ns.max(0.0));
        saving
    }

    /// The saving where so many blocks are in use at once.
    pub(super) fn priced_together(&self, saving: Saving, at_once: u64) -> Saving {
        self.more_pairs(self.priced(saving), together(at_once))
    }

    /// Sets the time: no more than the run took, where that is known.
    fn set_time(&self, saving: &mut Saving, ns: f64) {
        saving.cpu_ns = self.whole.cpu_ns.map_or(ns, |cpu| ns.min(cpu)) as u64;
        saving.cpu_share = self.whole.cpu_ns.map_or(0.0, |cpu| (ns / cpu).min(1.0));
    }

    /// The saving with its time by the cost model, and its shares of the run.
    pub(super) fn priced(&self, mut saving: Saving) -> Saving {
        let ns = saving.time_ns(&self.costs());
        self.set_time(&mut saving, ns);
        saving.memory_share = self.share_of_memory(saving.memory_bytes());
        saving
    }

    pub(super) fn share_of_bytes(&self, bytes: u64) -> f64 {
        ratio(bytes, self.report.total().bytes)
    }

    pub(super) fn share_of_blocks(&self, blocks: u64) -> f64 {
        ratio(blocks, self.report.total().allocs)
    }

    /// Share of all calls to the allocator that ask for memory.
    pub(super) fn share_of_requests(&self, requests: u64) -> f64 {
        ratio(requests, self.report.total().allocs + self.report.total().reallocs)
    }

    /// Share of the highest peak known: of any site, or of what is live now.
    pub(super) fn share_of_peak(&self, bytes: u64) -> f64 {
        ratio(bytes, self.whole.highest_peak)
    }

    /// Mean peak ÷ mean bytes of a call: near 1 where its blocks live together, near 0 where they
    /// come and go.
    pub(super) fn peak_ratio(&self) -> f64 {
        let beside = self.beside().saturating_mul(self.calls());
        let (peaks, bytes) = (self.site.peak.total(), self.site.bytes.total());
        ratio(peaks.saturating_sub(beside), bytes.saturating_sub(beside))
    }

    /// Whether the site makes many small blocks a call that live together: what an arena is for.
    pub(super) fn fills_an_arena(&self) -> bool {
        let site = self.site;
        site.allocs.mean() >= limits::ARENA_BLOCKS
            && ratio(site.bytes.total(), site.allocs.total()) <= limits::ARENA_BLOCK
            && self.peak_ratio() >= limits::TOGETHER
    }

    /// The class most of the site's own blocks fall into.
    pub(super) fn dominant_class(&self) -> Option<Class> {
        let classes = &self.site.size_classes;
        let window = |from: usize| {
            let low = classes[from].low;
            let limit = low.saturating_mul(2).max(limits::POOL_SMALL).max(classes[from].high);
            let inside = classes[from..].iter().take_while(|c| c.high <= limit);
            inside.fold(Class { low, high: low, count: 0 }, |sum, c| Class {
                high: c.high,
                count: sum.count + c.count,
                ..sum
            })
        };
        (0..classes.len()).map(window).max_by_key(|class| class.count)
    }

    /// The sites entered directly from this one, anywhere in the tree.
    pub(super) fn inner(&self) -> impl Iterator<Item = &'a SiteReport> {
        let report = self.report;
        self.whole.inner[self.index].iter().map(move |&site| &report.sites()[site])
    }

    /// Whether one site inside has the same peak for its own, by the figure given: then that one is
    /// to speak of.
    pub(super) fn peaks_in_an_inner_scope(&self, figure: fn(&Stat) -> u64) -> bool {
        let own = figure(&self.site.peak) as f64;
        self.inner().any(|inner| figure(&inner.peak) as f64 >= limits::INNER_SHARE * own)
    }

    /// Threads that may each need their own pool or buffer.
    pub(super) fn threads(&self) -> u64 {
        self.report.threads().max(1)
    }
}
