//! Collection rules: what the monitor does by itself.

use super::alerts::AlertRule;
use crate::config::matcher::Matcher;
use crate::config::section::section;
use crate::config::value::{Labels, Ratio, Size, choice};
use std::time::Duration;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

choice! {
    /// Whether a rule acts.
    pub enum Mode {
        /// It does not act, and says nothing.
        Off = "off",
        /// It says what it would do.
        DryRun = "dry-run",
        /// It proposes its actions, and takes them once somebody agrees.
        Ask = "ask",
        /// It takes them.
        Auto = "auto",
    }
}

choice! {
    /// What can be done.
    pub enum ActionKind {
        /// Keeps a heap profile. Output: `path`.
        HeapProfile = "heap-profile",
        /// Keeps a profile of what threads and tasks did in `duration`. Output: `path`.
        ActivityProfile = "activity-profile",
        /// Keeps a heap profile and its growth since `baseline`. Output: `path`.
        DiffToBaseline = "diff-to-baseline",
        /// Writes an incident bundle. Output: `path`.
        Bundle = "bundle",
        /// Gives memory back: trims pools, empties caches, returns free pages.
        Reclaim = "reclaim",
        /// Lets the optimizer try its best suggestion.
        OptimizerTrial = "optimizer-trial",
        /// Sets how much the pool named in `pool` may keep, to `limit`.
        PoolLimit = "pool-limit",
        /// Sets how much the cache named in `cache` may keep, to `limit`.
        CacheLimit = "cache-limit",
        /// Sets that one block is sampled in `every` bytes.
        SamplingRate = "sampling-rate",
        /// Calls the function of the program that was registered as `name`.
        Callback = "callback",
        // The last: kept states name an action by its place.
        /// Keeps a profile of what each site allocated in `duration`. Output: `path`.
        AllocationProfile = "allocation-profile",
    }
}

impl ActionKind {
    /// Whether it changes the program, and does not merely look at it.
    pub const fn changes_the_program(self) -> bool {
        matches!(
            self,
            Self::Reclaim
                | Self::OptimizerTrial
                | Self::PoolLimit
                | Self::CacheLimit
                | Self::SamplingRate
                | Self::Callback
        )
    }
}

section! {
    /// One action of a rule.
    pub struct ActionConfig {
        /// What is done.
        action as "do": one ActionKind = ActionKind::HeapProfile,
        /// Its name, by which later actions use its outputs: `${heap.path}`. Unset: its word.
        name: one Option<String> = None,
        /// Its arguments. `${NAME.OUTPUT}` stands for what an earlier action gave.
        with: one Labels = Labels::new(),
        /// How long it may take.
        timeout: one Duration = seconds(60),
        /// Whether the next actions are taken if this one failed.
        or_go_on: one bool = false,
    }
}

section! {
    /// One rule: what is done when.
    pub struct CollectionRule {
        /// Its name.
        name: one String = String::new(),
        /// Whether it acts. Unset: what `rules` says.
        mode: one Option<Mode> = None,
        /// Only in programs that meet all of these: `program`, `instance`, `host`, and the labels
        /// that alerts are given.
        filters: one Vec<Matcher> = Vec::new(),
        /// The rule is triggered while this alert fires. Unset: by `trigger`. With neither it runs
        /// once, at the start.
        on_alert: one Option<String> = None,
        /// Runs in `limit_window`, at most.
        limit: one u32 = 5,
        /// The time over which `limit` is counted.
        limit_window: one Duration = seconds(3_600),
        /// The time from the end of one run to the next.
        cooldown: one Duration = seconds(600),
        /// While the trigger holds, the rule acts again after this time. Unset: it acts once each
        /// time that the trigger begins to hold.
        repeat: one Option<Duration> = None,
        /// The rule ends so long after the start. Unset: never.
        lifetime: one Option<Duration> = None,
        /// The metric that measures the effect: lower is better. Unset: the memory that the limit
        /// is about.
        effect: one Option<String> = None,
        /// The effect is the mean of the metric over this time after the action, compared with the
        /// mean over the same time before it.
        effect_window: one Duration = seconds(30),
        /// The time from an action to the start of the mean after it.
        settle: one Duration = seconds(5),
        /// The rule is triggered once this condition has held for its `for`. Keys as in
        /// `alerts.rules`.
        trigger: tables Vec<AlertRule> = Vec::new(),
        /// What is done, in this order.
        actions: tables Vec<ActionConfig> = Vec::new(),
    }
}

section! {
    /// What the monitor does by itself.
    pub struct Rules {
        /// How rules act that only read: profiles, diffs, bundles.
        mode: one Mode = Mode::Auto,
        /// How rules act that change the program: reclaim, limits, trials, call-backs.
        change_mode: one Mode = Mode::Ask,
        /// Actions of all rules in an hour, at most.
        actions_per_hour: one u32 = 30,
        /// Bytes that all rules may write in an hour.
        bytes_per_hour: one Size = Size(256 << 20),
        /// Time that the actions of all rules may take in an hour.
        time_per_hour: one Duration = seconds(300),
        /// An action did harm if the metric is worse by more than this share afterwards. It is
        /// taken back, and not repeated until the program or the rule changes.
        harm: one Ratio = Ratio(0.1),
        /// A proposal that nobody answers ends after this time. So does one that somebody agreed
        /// to, where a limit keeps its actions from being taken.
        ask_for: one Duration = seconds(3_600),
        /// Runs that are remembered, at most.
        history: one u32 = 200,
        /// The rules.
        rules: tables Vec<CollectionRule> = Vec::new(),
    }
}
