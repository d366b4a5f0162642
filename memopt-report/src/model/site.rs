//! One site: what it is, where it stands, and what its calls allocated.

use super::reclaimable::Remedy;
use super::site_id::SiteId;
use super::stat::Stat;
use super::totals::Totals;
#[cfg(feature = "json")]
use serde::{Deserialize, Serialize};

/// What was annotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize), serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
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
    /// The overflow record: it takes what comes when the records have reached their cap (its name
    /// is `other`).
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SizeClass {
    /// Smallest size of the class, bytes.
    pub low: u64,
    /// Largest size of the class, bytes.
    pub high: u64,
    /// Allocations of such a size.
    pub count: u64,
}

impl SizeClass {
    /// So many allocations of sizes from `low` to `high`, bytes.
    pub fn new(low: u64, high: u64, count: u64) -> Self {
        Self { low, high, count }
    }
}

/// Sampled duration of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CallTime {
    /// Calls that were timed (the monotonic clock, `std::time::Instant`).
    pub samples: u64,
    /// Weighted mean of a call, ns; of a poll for async code. It includes the first calls, and a
    /// few delayed calls dominate it: see `median_ns`.
    pub mean_ns: f64,
    /// Weighted median, ns, exact to an eighth, without the first timed call of each thread, unless
    /// there is no other. None in reports of earlier versions.
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "Option::is_none"))]
    pub median_ns: Option<f64>,
    /// Calls that were the first timed ones of their thread.
    #[cfg_attr(feature = "json", serde(default))]
    pub first_calls: u64,
    /// Their mean, ns.
    #[cfg_attr(feature = "json", serde(default))]
    pub first_mean_ns: f64,
    /// Longest timed call, ns.
    pub max_ns: u64,
}

impl CallTime {
    /// So many timed calls of this mean and at most this long, ns.
    pub fn new(samples: u64, mean_ns: f64, max_ns: u64) -> Self {
        Self { samples, mean_ns, max_ns, ..Self::default() }
    }

    /// Estimated time of `calls` calls, ns.
    pub fn estimated_total_ns(&self, calls: u64) -> f64 {
        self.mean_ns * calls as f64
    }
}

/// What a collection showed to `memopt::runtime::observe`: capacity held against capacity used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
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

/// The figures of one site. They include the sites entered inside, unless the name says self.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "Option::is_none"))]
    pub manifest_dir: Option<String>,
    /// Finished calls, recursive ones included. For async code, finished and cancelled futures.
    pub calls: u64,
    /// Finished calls that were entered while another call of the same site was open on that
    /// thread.
    pub recursive_calls: u64,
    /// Calls left by a panic.
    pub panics: u64,
    /// Futures dropped before they were ready.
    pub cancelled: u64,
    /// Scopes that were closed before their guard was dropped: at the end of a poll, if they were
    /// held across an `.await`, or by an earlier guard that was dropped first. Allocations after
    /// that count for the site around.
    #[cfg_attr(feature = "json", serde(default))]
    pub out_of_order: u64,
    /// Calls now open.
    pub open: u64,
    /// Bytes allocated per outermost call.
    pub bytes: Stat,
    /// Blocks allocated per outermost call.
    pub allocs: Stat,
    /// Highest live bytes above entry, per outermost call. Its total is an estimate from the
    /// buckets.
    pub peak: Stat,
    /// Bytes allocated and not freed at exit, per outermost call; negative counts as 0.
    pub retained: Stat,
    /// Traffic of the calls with all sites inside, also of calls still open where known.
    pub inclusive: Totals,
    /// Traffic without the sites entered inside.
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
    /// Values that are in no histogram because the records had reached their cap.
    #[cfg_attr(feature = "json", serde(default))]
    pub unplaced: u64,
    /// Sampled call time, where a call was timed.
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "Option::is_none"))]
    pub time: Option<CallTime>,
    /// Collections shown to `memopt::runtime::observe` inside the site.
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "Option::is_none"))]
    pub capacity: Option<CapacityUse>,
    /// The remedy that an attribute on the site applies to its small blocks:
    /// [`Arena`](Remedy::Arena) or, for `arena(reuse)`, [`Reuse`](Remedy::Reuse). Such blocks are
    /// counted like all others, though they do not come from the inner allocator.
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "Option::is_none"))]
    pub treated_by: Option<Remedy>,
    /// Blocks that its calls, with the sites inside, took from the inner allocator in spite of
    /// [`treated_by`](Self::treated_by): large ones, those aligned to more than 8 bytes, and those
    /// that were sampled. `None` where no attribute treats it, and in reports of earlier versions.
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "Option::is_none"))]
    pub passed_on: Option<u64>,
    /// Its arena is no longer used: blocks that outlive its calls kept chunks of it nearly empty.
    /// Later calls take from the inner allocator.
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "std::ops::Not::not"))]
    pub arena_given_up: bool,
    /// Its calls are no longer counted: what it allocated and freed itself was less than 0.1 % of
    /// all blocks and bytes, or than a tenth of the share of the CPU time that its entries and
    /// exits took; and that share was more than 5 %, or more than 0.1 % where those of all sites
    /// took more than 10 %. Only functions that are annotated with their impl, trait or mod,
    /// without `all`, and those that `cargo memopt` chose are switched off.
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "std::ops::Not::not"))]
    pub switched_off: bool,
    /// Its tracking was switched off while the program ran. Later calls are not counted, and what
    /// they allocate counts for the site around them.
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "std::ops::Not::not"))]
    pub untracked: bool,
    /// Declared limits.
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "Option::is_none"))]
    pub budget: Option<BudgetReport>,
}

impl SiteReport {
    /// What the site is known by in every run, on every machine.
    pub fn id(&self) -> SiteId {
        SiteId::of(&self.name, &self.file, self.line, self.column)
    }

    /// Bytes allocated and freed again inside the same call (allocated − retained, summed over the
    /// calls).
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
            out_of_order: 0,
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
            switched_off: false,
            untracked: false,
            treated_by: None,
            passed_on: None,
            arena_given_up: false,
            budget: None,
        }
    }
}
