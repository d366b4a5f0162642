//! What a finding rests on: figures with their units. Its `Display` is the sentence people read.

mod words;

use super::saving::Saving;
use crate::model::reclaimable::Remedy;
#[cfg(feature = "json")]
use serde::{Deserialize, Serialize};

/// One fact behind a finding. Its `Display` is a sentence without a full stop.
///
/// Names end in their unit: `_bytes`, `_ns`, `_share` (0 to 1); what has no unit is a number of
/// things.
///
/// # Examples
///
/// ```
/// use memopt::report::Evidence;
///
/// // What `memopt::report().findings()` holds; a program matches on what it knows.
/// fn largest_peak(evidence: &[Evidence]) -> Option<u64> {
///     evidence.iter().find_map(|fact| match fact {
///         Evidence::PeakOfCalls { max_bytes, .. } => Some(*max_bytes),
///         _ => None,
///     })
/// }
/// assert_eq!(largest_peak(&[]), None);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "json",
    derive(Serialize, Deserialize),
    serde(tag = "kind", rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Evidence {
    /// Every call allocated the same and kept nothing.
    #[non_exhaustive]
    SameEveryCall {
        /// Finished calls.
        calls: u64,
        /// Blocks of each call.
        blocks: u64,
        /// Bytes of each call.
        bytes: u64,
    },
    /// What a remedy would save.
    #[non_exhaustive]
    WouldSave {
        /// The remedy.
        remedy: Remedy,
        /// What it saves.
        saving: Saving,
    },
    /// What one capacity from the start would save, and what it would waste.
    #[non_exhaustive]
    CapacityAtOnce {
        /// The capacity.
        capacity_bytes: u64,
        /// What it saves.
        saving: Saving,
        /// Unused capacity it adds to a buffer, mean.
        unused_bytes: u64,
    },
    /// What calls allocate in all, with the sites inside.
    #[non_exhaustive]
    BlocksOfCalls {
        /// Blocks.
        blocks: u64,
        /// Finished calls.
        calls: u64,
        /// Mean size of a block.
        mean_bytes: u64,
        /// Share of the bytes that outlive the call.
        retained_share: f64,
    },
    /// Blocks of a call live at the same time.
    #[non_exhaustive]
    LiveTogether {
        /// Share of its bytes that a call holds at once, mean.
        peak_share: f64,
        /// Most a call held.
        peak_bytes: u64,
    },
    /// Most blocks have nearly one size.
    #[non_exhaustive]
    OneSize {
        /// Share of the site's own blocks.
        class_share: f64,
        /// All blocks of the site's own.
        blocks: u64,
        /// Smallest size.
        low_bytes: u64,
        /// Largest size.
        high_bytes: u64,
    },
    /// The site frees what it allocates.
    #[non_exhaustive]
    FreedHere {
        /// Share of the blocks.
        freed_share: f64,
        /// Most a call held.
        peak_bytes: u64,
    },
    /// Where short-lived blocks are freed.
    #[non_exhaustive]
    Dropped {
        /// Blocks that are short-lived.
        blocks: u64,
        /// Their mean size.
        mean_bytes: u64,
        /// Blocks of the site's own in all.
        of: u64,
        /// The site that frees them, where it is not this one.
        by: Option<String>,
        /// That site is the caller; else it is called.
        caller: bool,
    },
    /// Blocks that outlive the call.
    #[non_exhaustive]
    Kept {
        /// Blocks.
        blocks: u64,
        /// Their mean size.
        mean_bytes: u64,
        /// Blocks of the site's own in all.
        of: u64,
    },
    /// The expression that makes the blocks, by the look of the source.
    #[non_exhaustive]
    MadeBy {
        /// As it is written, shortened.
        expression: String,
        /// Its line.
        line: u32,
        /// Lines of others that make the same for a variable of the same name: which of them ran
        /// the source does not say.
        #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "Vec::is_empty"))]
        other_lines: Vec<u32>,
    },
    /// An expression that runs as often as those that the remedy ends, by the look of the source.
    /// Its blocks are not part of the saving.
    #[non_exhaustive]
    Beside {
        /// As it is written, shortened.
        expression: String,
        /// Its line.
        line: u32,
    },
    /// Collections that end small.
    #[non_exhaustive]
    SmallEnough {
        /// Share of them.
        share: f64,
        /// All of them.
        blocks: u64,
        /// Within which they end.
        bytes: u64,
    },
    /// Other threads free the site's blocks.
    #[non_exhaustive]
    HandedOver {
        /// Share of its freed blocks.
        share: f64,
        /// The site that frees most of them.
        to: Option<String>,
    },
    /// One buffer is most of what a call holds at its peak.
    #[non_exhaustive]
    OneBuffer {
        /// Its size.
        bytes: u64,
        /// The peak.
        peak_bytes: u64,
    },
    /// Contents of sampled blocks were seen before.
    #[non_exhaustive]
    EqualContents {
        /// Share of the bytes looked at.
        share: f64,
    },
    /// What the site's own calls to the allocator cost.
    #[non_exhaustive]
    AllocatorTime {
        /// CPU time by the cost model, ns.
        cpu_ns: u64,
        /// Share of the CPU time of the report; 0 where that is not known.
        cpu_share: f64,
    },
    /// Blocks that a dependency makes for the site, by sampled stacks.
    #[non_exhaustive]
    MadeInside {
        /// The crate.
        package: String,
        /// Its function, the nearest to the allocator.
        function: String,
        /// Share of the site's sampled blocks.
        share: f64,
    },
    /// Another remedy for the same site, and what it would save instead.
    #[non_exhaustive]
    Alternative {
        /// The remedy.
        remedy: Remedy,
        /// What it saves.
        saving: Saving,
    },
    /// Sites of one type that waste in the same way.
    #[non_exhaustive]
    Members {
        /// Their names with the share each has, largest first.
        sites: Vec<(String, f64)>,
    },
    /// Buffers grew by reallocation.
    #[non_exhaustive]
    Grew {
        /// Buffers.
        buffers: u64,
        /// Growing reallocations.
        reallocs: u64,
        /// Bytes that these moved.
        copied_bytes: u64,
    },
    /// What buffers grew to.
    #[non_exhaustive]
    FinalCapacity {
        /// Smallest.
        min_bytes: u64,
        /// Median.
        p50_bytes: u64,
        /// 95th percentile.
        p95_bytes: u64,
        /// Largest.
        max_bytes: u64,
    },
    /// Collections that the program showed to `memopt::runtime::observe`.
    #[non_exhaustive]
    ObservedCapacity {
        /// How many.
        collections: u64,
        /// Their capacity.
        held_bytes: u64,
        /// Of that in use.
        used_bytes: u64,
        /// Most that one of them held unused.
        max_slack_bytes: u64,
    },
    /// The site shrinks what it allocated.
    #[non_exhaustive]
    ShrunkAgain {
        /// Shrinking reallocations.
        reallocs: u64,
        /// Bytes they gave back.
        bytes: u64,
        /// Bytes the site allocated itself.
        allocated_bytes: u64,
    },
    /// Most a call held.
    #[non_exhaustive]
    PeakOfCalls {
        /// Median.
        p50_bytes: u64,
        /// 99th percentile.
        p99_bytes: u64,
        /// Largest.
        max_bytes: u64,
    },
    /// What calls allocate spreads as what they hold does.
    #[non_exhaustive]
    FollowsInput {
        /// 99th percentile ÷ median of the bytes a call allocates.
        spread: f64,
        /// Share of its peak that a call keeps.
        retained_share: f64,
    },
    /// What the site allocated without the sites inside.
    #[non_exhaustive]
    OwnTraffic {
        /// Finished calls.
        calls: u64,
        /// Blocks.
        blocks: u64,
        /// Bytes.
        bytes: u64,
    },
    /// What one call allocates, with the sites inside.
    #[non_exhaustive]
    TrafficOfCalls {
        /// Median of the bytes a call allocates.
        p50_bytes: u64,
        /// Largest.
        max_bytes: u64,
        /// Most a call held.
        peak_bytes: u64,
        /// What a call keeps, mean.
        retained_bytes: u64,
    },
    /// The number of a site's tasks only rose.
    #[non_exhaustive]
    TasksRose {
        /// Points of the history.
        points: u64,
        /// Time from the first to the last.
        span_ns: u64,
        /// Tasks alive at the first point.
        first: u64,
        /// In the middle.
        middle: u64,
        /// At the last.
        last: u64,
    },
    /// Tasks of the middle of the history that are alive.
    #[non_exhaustive]
    TasksStillAlive {
        /// Still alive.
        alive: u64,
        /// Alive in the middle.
        of: u64,
        /// Age of the oldest task.
        oldest_ns: u64,
        /// Median age.
        median_ns: u64,
    },
    /// What a site's live tasks hold.
    #[non_exhaustive]
    TasksHold {
        /// Allocated less freed in their polls.
        held_bytes: i64,
        /// Sizes of the futures themselves.
        future_bytes: u64,
        /// Calls of the site that came to their end.
        completed: u64,
        /// Calls that were dropped before.
        cancelled: u64,
    },
    /// Where most of a site's tasks wait.
    #[non_exhaustive]
    TasksWait {
        /// Tasks that wait there.
        tasks: u64,
        /// The innermost site.
        site: String,
    },
    /// What a place held at its lowest rose.
    #[non_exhaustive]
    LowestRose {
        /// Lowest of the first window.
        first_bytes: u64,
        /// Lowest of the last window.
        last_bytes: u64,
        /// Windows.
        windows: u64,
        /// Time from the first to the last.
        span_ns: u64,
        /// Kendall's τ of the windows, −1 to 1.
        tau: f64,
        /// One-sided probability to see as much without a trend.
        p: f64,
    },
    /// How fast a place grows, and whether steadily.
    #[non_exhaustive]
    GrowthRate {
        /// Bytes a second.
        bytes_per_second: f64,
        /// Lower end of the 95 % interval.
        low_bytes_per_second: f64,
        /// Upper end of the 95 % interval.
        high_bytes_per_second: f64,
        /// Rate of the last half ÷ rate of the first; none where it doubles in steps.
        late_ratio: Option<f64>,
    },
    /// How old what lives is.
    #[non_exhaustive]
    GenerationsLive {
        /// Windows some of whose blocks live still, at the least.
        generations: u64,
        /// Windows after the first.
        windows: u64,
        /// Mean lifetime of those freed, where any were.
        freed_lifetime_ns: Option<u64>,
    },
    /// When a growth alone reaches the limit of the process.
    #[non_exhaustive]
    ReachesLimit {
        /// The limit.
        limit_bytes: u64,
        /// Time until then.
        in_ns: u64,
    },
    /// The chain of sites that holds most.
    #[non_exhaustive]
    MostlyIn {
        /// Names of sites, innermost first.
        scopes: Vec<String>,
    },
    /// The stack that holds most.
    #[non_exhaustive]
    Stack {
        /// The program's own functions, innermost first.
        functions: Vec<String>,
    },
    /// Collections observed in the last half of a watch.
    #[non_exhaustive]
    ObservedLately {
        /// Their capacity, mean.
        held_bytes: u64,
        /// Share of it in use.
        used_share: f64,
        /// Observations.
        observations: u64,
    },
    /// Every value of an enum takes the room of its largest variant.
    #[non_exhaustive]
    LargeVariant {
        /// The enum.
        type_name: String,
        /// Its largest variant.
        variant: String,
        /// Bytes of a value.
        bytes: u64,
        /// Bytes of a value whose largest variant is in a `Box`.
        boxed_bytes: u64,
    },
    /// Sampled blocks that were never written.
    #[non_exhaustive]
    NeverWritten {
        /// Share of the bytes looked at.
        unwritten_share: f64,
        /// Bytes looked at.
        looked_at_bytes: u64,
    },
    /// What the allocator makes of the sizes asked for.
    #[non_exhaustive]
    RoundedUp {
        /// Asked for.
        asked_bytes: u64,
        /// Taken up.
        taken_bytes: u64,
    },
    /// Most blocks went, few large ones stayed.
    #[non_exhaustive]
    FewStayed {
        /// Bytes at the most.
        most_bytes: u64,
        /// Blocks at the most.
        most_blocks: u64,
        /// Bytes now.
        now_bytes: u64,
        /// Blocks now.
        now_blocks: u64,
    },
    /// What of the bytes in use is as old as the peak.
    #[non_exhaustive]
    OldAsThePeak {
        /// Bytes, at the least.
        bytes: u64,
    },
    /// The process at its peak and since.
    #[non_exhaustive]
    ProcessHeld {
        /// Bytes in use at the peak.
        peak_bytes: u64,
        /// Most in use since.
        since_bytes: u64,
        /// Resident bytes.
        resident_bytes: u64,
    },
    /// Resident bytes that are not in use.
    #[non_exhaustive]
    ResidentUnused {
        /// At the least, of late.
        now_bytes: u64,
        /// At the least, before.
        before_bytes: u64,
        /// Share of what the process gave up that was here.
        here_share: f64,
    },
}

/// Whether the least number of windows whose blocks live still says how old these are: half of them
/// or more.
pub(super) fn tells_of_age(generations: u64, windows: u64) -> bool {
    generations > 0 && generations >= windows.div_ceil(2)
}
