//! The data of a report: plain values, no reference into the running counters.

use super::{Action, HeapReport, ReclaimableReport, Stat, Tree};
use serde::{Deserialize, Serialize};

/// Exact counts of allocator traffic.
///
/// A `realloc` is neither an allocation nor a free: growth adds to `bytes`, shrinking to `freed_bytes`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Blocks allocated.
    pub allocs: u64,
    /// Bytes allocated, growth by `realloc` included.
    pub bytes: u64,
    /// Blocks freed.
    pub frees: u64,
    /// Bytes freed, shrinking by `realloc` included.
    pub freed_bytes: u64,
    /// `realloc` calls that succeeded.
    pub reallocs: u64,
    /// Bytes that moved because a `realloc` could not grow in place (whole pages moved by the kernel count too).
    pub copied_bytes: u64,
}

impl Totals {
    /// Bytes allocated and not freed; negative where more was freed here than allocated here.
    pub fn live_bytes(&self) -> i64 {
        self.bytes.wrapping_sub(self.freed_bytes).cast_signed()
    }

    /// Blocks allocated and not freed.
    pub fn live_blocks(&self) -> i64 {
        self.allocs.wrapping_sub(self.frees).cast_signed()
    }

    /// Member-wise sum.
    pub fn add(&mut self, other: &Self) {
        self.allocs = self.allocs.wrapping_add(other.allocs);
        self.bytes = self.bytes.wrapping_add(other.bytes);
        self.frees = self.frees.wrapping_add(other.frees);
        self.freed_bytes = self.freed_bytes.wrapping_add(other.freed_bytes);
        self.reallocs = self.reallocs.wrapping_add(other.reallocs);
        self.copied_bytes = self.copied_bytes.wrapping_add(other.copied_bytes);
    }

    /// Member-wise difference.
    pub fn take(&mut self, other: &Self) {
        self.allocs = self.allocs.wrapping_sub(other.allocs);
        self.bytes = self.bytes.wrapping_sub(other.bytes);
        self.frees = self.frees.wrapping_sub(other.frees);
        self.freed_bytes = self.freed_bytes.wrapping_sub(other.freed_bytes);
        self.reallocs = self.reallocs.wrapping_sub(other.reallocs);
        self.copied_bytes = self.copied_bytes.wrapping_sub(other.copied_bytes);
    }
}

/// Whether the figures of a report mean anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// `memopt::Alloc` is the global allocator and counts.
    Counting,
    /// `memopt::Alloc` is not the global allocator: calls are counted, bytes and blocks cannot be.
    NotInstalled,
    /// Built without the feature `track`: nothing is counted.
    Off,
}

impl Status {
    /// What a reader has to know before the figures, if anything.
    pub fn notice(self) -> Option<&'static str> {
        match self {
            Self::Counting => None,
            Self::NotInstalled => Some(
                "memopt::Alloc is not the global allocator: bytes and blocks are unknown, not zero\n\
                 help: add `#[global_allocator] static ALLOC: memopt::Alloc = memopt::Alloc::system();` to the binary",
            ),
            Self::Off => Some(
                "memopt is built without its feature `track`: nothing was counted\n\
                 help: depend on memopt with default features, or with `features = [\"track\"]`",
            ),
        }
    }
}

/// What was annotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SiteKind {
    /// A function or method.
    Function,
    /// An `async fn`, or a function that returns a future it makes.
    AsyncFunction,
    /// A block under `scope!`.
    Block,
    /// A future or stream under `track_alloc(site!(..))`.
    Future,
    /// A span of `tracing`.
    Span,
    /// The requests of one route of a `tower` service.
    Request,
    /// The overflow record that takes what found no room (its name is `other`).
    Other,
}

impl SiteKind {
    /// The word used in printed reports and CSV, the same as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::AsyncFunction => "async_function",
            Self::Block => "block",
            Self::Future => "future",
            Self::Span => "span",
            Self::Request => "request",
            Self::Other => "other",
        }
    }
}

/// Allocations of one range of sizes, made by a site itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeClass {
    /// Smallest size of the class, bytes.
    pub low: u64,
    /// Largest size of the class, bytes.
    pub high: u64,
    /// Allocations of such a size.
    pub count: u64,
}

/// Sampled duration of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CallTime {
    /// Calls that were timed (the monotonic clock, `std::time::Instant`).
    pub samples: u64,
    /// Weighted mean of a call, ns; of a poll for async code.
    pub mean_ns: f64,
    /// Longest timed call, ns.
    pub max_ns: u64,
}

impl CallTime {
    /// Estimated time of `calls` calls, ns.
    pub fn estimated_total_ns(&self, calls: u64) -> f64 {
        self.mean_ns * calls as f64
    }
}

/// What a collection showed to `memopt::runtime::observe`: room it holds against room it uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapacityUse {
    /// Observations.
    pub count: u64,
    /// Bytes of capacity held, summed over the observations.
    pub held_bytes: u64,
    /// Bytes in use, summed over the observations.
    pub used_bytes: u64,
    /// Largest single slack (held − used), bytes.
    pub max_slack_bytes: u64,
}

/// The limits a site declared and how often a call broke them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetReport {
    /// Allowed allocations per call.
    pub max_allocs: Option<u64>,
    /// Allowed bytes per call.
    pub max_bytes: Option<u64>,
    /// Allowed peak bytes per call.
    pub max_peak: Option<u64>,
    /// Allowed retained bytes per call.
    pub max_retained: Option<u64>,
    /// Calls that exceeded at least one limit.
    pub exceeded: u64,
}

/// Everything known of one site. Inclusive (with the scopes entered inside) unless it says self.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SiteReport {
    /// Full name, `crate::module::Type::function`, or the name given.
    pub name: String,
    /// What was annotated.
    pub kind: SiteKind,
    /// Source file as the compiler saw it.
    pub file: String,
    /// Line of the item's name.
    pub line: u32,
    /// Column of the item's name.
    pub column: u32,
    /// Folder of the package's manifest, to find the file from elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest_dir: Option<String>,
    /// Finished calls, recursive ones included. For async code, finished and cancelled futures.
    pub calls: u64,
    /// Finished calls that were entered while another call of the same site was open on that thread.
    pub recursive_calls: u64,
    /// Calls left by a panic.
    pub panics: u64,
    /// Futures dropped before they were ready.
    pub cancelled: u64,
    /// Calls now open.
    pub open: u64,
    /// Bytes allocated per outermost call.
    pub bytes: Stat,
    /// Blocks allocated per outermost call.
    pub allocs: Stat,
    /// Highest live bytes above entry, per outermost call. Its total is an estimate from the buckets.
    pub peak: Stat,
    /// Bytes allocated and not freed at exit, per outermost call; negative counts as 0.
    pub retained: Stat,
    /// Traffic of the calls with all scopes inside, also of calls still open where known.
    pub inclusive: Totals,
    /// Traffic without the scopes entered inside.
    pub own: Totals,
    /// Bytes allocated by the site itself (`own.bytes`).
    pub self_bytes: u64,
    /// Blocks allocated by the site itself (`own.allocs`).
    pub self_allocs: u64,
    /// `realloc` calls of the site itself (`own.reallocs`).
    pub reallocs: u64,
    /// Sizes of the allocations made by the site itself, ascending, empty classes left out.
    pub size_classes: Vec<SizeClass>,
    /// Capacities at which chains of growing `realloc`s made by the site itself ended, bytes.
    pub final_capacity: Stat,
    /// Growing `realloc`s made by the site itself.
    pub grows: u64,
    /// Shrinking `realloc`s made by the site itself, and the bytes they gave back.
    pub shrinks: u64,
    /// Bytes given back by shrinking `realloc`s of the site itself.
    pub shrunk_bytes: u64,
    /// Values that found no room in a histogram because records had reached their cap.
    #[serde(default)]
    pub unplaced: u64,
    /// Sampled call time, where a call was timed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<CallTime>,
    /// Collections shown to `memopt::runtime::observe` inside the site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<CapacityUse>,
    /// Declared limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetReport>,
}

impl SiteReport {
    /// Bytes allocated and freed again inside the same call (allocated − retained, summed over the calls).
    pub fn churn_bytes(&self) -> u64 {
        self.bytes.total().saturating_sub(self.retained.total())
    }

    /// A site with nothing recorded.
    pub fn empty(name: &str, kind: SiteKind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            file: String::new(),
            line: 0,
            column: 0,
            manifest_dir: None,
            calls: 0,
            recursive_calls: 0,
            panics: 0,
            cancelled: 0,
            open: 0,
            bytes: Stat::new(),
            allocs: Stat::new(),
            peak: Stat::new(),
            retained: Stat::new(),
            inclusive: Totals::default(),
            own: Totals::default(),
            self_bytes: 0,
            self_allocs: 0,
            reallocs: 0,
            size_classes: Vec::new(),
            final_capacity: Stat::new(),
            grows: 0,
            shrinks: 0,
            shrunk_bytes: 0,
            unplaced: 0,
            time: None,
            capacity: None,
            budget: None,
        }
    }
}

/// A snapshot of what every site allocated. Its `Display` is the text table.
///
/// Neither making, cloning nor dropping a report shows in the figures of the program.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Format of the JSON; see [`Report::VERSION`].
    pub(crate) version: u32,
    pub(crate) status: Status,
    pub(crate) elapsed_ns: u64,
    pub(crate) threads: u64,
    pub(crate) total: Totals,
    pub(crate) unattributed: Totals,
    pub(crate) sites: Vec<SiteReport>,
    pub(crate) tree: Tree,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) reclaimable: Vec<ReclaimableReport>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) actions: Vec<Action>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
    /// The version written into the JSON. It grows when a member changes its meaning or goes.
    pub const VERSION: u32 = 1;

    /// A report without sites.
    pub fn empty(status: Status) -> Self {
        Self {
            version: Self::VERSION,
            status,
            elapsed_ns: 0,
            threads: 0,
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

    /// Traffic of the whole process, or of the recording.
    pub fn total(&self) -> &Totals {
        &self.total
    }

    /// Traffic outside every scope. `Σ own over the tree + unattributed = total`.
    pub fn unattributed(&self) -> &Totals {
        &self.unattributed
    }

    /// Every site that was entered, most inclusive bytes first.
    pub fn sites(&self) -> &[SiteReport] {
        &self.sites
    }

    /// The scope tree.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// What the optimizer did, the oldest first; empty in the report of a recording.
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// Blocks by site and stack, where [`heap`](crate::heap) follows them; of a recording, what is left of the blocks it
    /// allocated, in exact mode only. Stacks are named.
    pub fn heap(&self) -> Option<&HeapReport> {
        self.heap.as_deref()
    }

    /// What pools, caches, arenas and lazily loaded values hold for the program; empty in the report of a recording.
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

    /// The same report with this traffic in all, and outside every scope.
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
