//! A report: plain values, no reference into the running counters.

use super::action::Action;
use super::costs::CostModel;
use super::heap::HeapReport;
use super::process::ProcessUse;
use super::reclaimable::ReclaimableReport;
use super::site::SiteReport;
use super::status::Status;
use super::totals::Totals;
use super::tree::Tree;
#[cfg(feature = "json")]
use serde::{Deserialize, Serialize};

/// A snapshot of what every site allocated. Its `Display` is the text table.
///
/// Neither making, cloning nor dropping a report shows in the figures of the program.
#[derive(Debug, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    pub(crate) status: Status,
    pub(crate) elapsed_ns: u64,
    pub(crate) threads: u64,
    #[cfg_attr(feature = "json", serde(default))]
    pub(crate) process: ProcessUse,
    #[cfg_attr(feature = "json", serde(default))]
    pub(crate) costs: CostModel,
    pub(crate) total: Totals,
    pub(crate) unattributed: Totals,
    pub(crate) sites: Vec<SiteReport>,
    pub(crate) tree: Tree,
    #[cfg_attr(
        feature = "json",
        serde(default, alias = "holders", skip_serializing_if = "Vec::is_empty")
    )]
    pub(crate) reclaimable: Vec<ReclaimableReport>,
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub(crate) actions: Vec<Action>,
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "Option::is_none"))]
    pub(crate) heap: Option<Box<HeapReport>>,
}

impl Clone for Report {
    fn clone(&self) -> Self {
        crate::untracked(|| Self {
            sites: self.sites.clone(),
            tree: self.tree.clone(),
            reclaimable: self.reclaimable.clone(),
            actions: self.actions.clone(),
            heap: self.heap.clone(),
            ..*self
        })
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        crate::untracked(|| {
            drop(std::mem::take(&mut self.sites));
            drop(std::mem::take(&mut self.tree));
            drop(std::mem::take(&mut self.reclaimable));
            drop(std::mem::take(&mut self.actions));
            drop(self.heap.take());
        });
    }
}

impl Report {
    /// The version written into the JSON. It increases when a member changes its meaning or is
    /// removed.
    pub const VERSION: u32 = 2;

    /// A report without sites.
    pub fn empty(status: Status) -> Self {
        Self {
            status,
            elapsed_ns: 0,
            threads: 0,
            process: ProcessUse::default(),
            costs: CostModel::default(),
            total: Totals::default(),
            unattributed: Totals::default(),
            sites: Vec::new(),
            tree: Tree::default(),
            reclaimable: Vec::new(),
            actions: Vec::new(),
            heap: None,
        }
    }

    /// Whether the figures mean anything.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Time covered: since the first allocation of the process, or the length of the recording.
    pub fn elapsed(&self) -> std::time::Duration {
        std::time::Duration::from_nanos(self.elapsed_ns)
    }

    /// Threads that were counted, ended ones included where their place was not taken again.
    pub fn threads(&self) -> u64 {
        self.threads
    }

    /// What the system says of the process. In a recording, only the CPU time spent while it ran.
    pub fn process(&self) -> &ProcessUse {
        &self.process
    }

    /// What calls to the allocator cost, by which findings predict CPU time.
    pub fn costs(&self) -> &CostModel {
        &self.costs
    }

    /// Traffic of the whole process, or of the recording.
    pub fn total(&self) -> &Totals {
        &self.total
    }

    /// Traffic outside every site. `Σ own over the tree + unattributed = total`.
    pub fn unattributed(&self) -> &Totals {
        &self.unattributed
    }

    /// Every site that was entered, most inclusive bytes first.
    pub fn sites(&self) -> &[SiteReport] {
        &self.sites
    }

    /// The site tree.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// What the optimizer did, the oldest first; empty in the report of a recording.
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// Blocks by site and stack, if `memopt::heap` samples them. In a recording these are the
    /// blocks that it allocated and that are still live, in exact mode only. Stacks have names.
    pub fn heap(&self) -> Option<&HeapReport> {
        self.heap.as_deref()
    }

    /// What pools, caches, arenas and lazily loaded values hold for the program; empty in the
    /// report of a recording.
    pub fn reclaimable(&self) -> &[ReclaimableReport] {
        &self.reclaimable
    }

    /// The same report over this time, ns.
    #[must_use]
    pub fn with_elapsed_ns(mut self, elapsed_ns: u64) -> Self {
        self.elapsed_ns = elapsed_ns;
        self
    }

    /// The same report of so many threads.
    #[must_use]
    pub fn with_threads(mut self, threads: u64) -> Self {
        self.threads = threads;
        self
    }

    /// The same report with what the system says of the process.
    #[must_use]
    pub fn with_process(mut self, process: ProcessUse) -> Self {
        self.process = process;
        self
    }

    /// The same report with these costs of calls to the allocator.
    #[must_use]
    pub fn with_costs(mut self, costs: CostModel) -> Self {
        self.costs = costs;
        self
    }

    /// The same report with this traffic in all, and outside every site.
    #[must_use]
    pub fn with_total(mut self, total: Totals, unattributed: Totals) -> Self {
        (self.total, self.unattributed) = (total, unattributed);
        self
    }

    /// The same report with these sites, and the tree that indexes them.
    #[must_use]
    pub fn with_sites(mut self, sites: Vec<SiteReport>, tree: Tree) -> Self {
        (self.sites, self.tree) = (sites, tree);
        self
    }

    /// The same report with what remedies hold.
    #[must_use]
    pub fn with_reclaimable(mut self, reclaimable: Vec<ReclaimableReport>) -> Self {
        self.reclaimable = reclaimable;
        self
    }

    /// The same report with the optimizer's log.
    #[must_use]
    pub fn with_actions(mut self, actions: Vec<Action>) -> Self {
        self.actions = actions;
        self
    }

    /// The same report with a heap report.
    #[must_use]
    pub fn with_heap(mut self, heap: Option<HeapReport>) -> Self {
        self.heap = heap.map(Box::new);
        self
    }
}
