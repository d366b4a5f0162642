//! What watching costs, and a budget for it.
//!
//! The governor is told after every tick what was spent. It publishes the cost as a share of one
//! core, part by part, and gives out a **level**: each level doubles the monitor's interval and the
//! bytes between two heap samples.
//!
//! # How it decides
//!
//! Costs are smoothed: `s ← s + (1 − e^(−Δt/τ)) (c − s)`, with τ = 15 s. Where the sum is above the
//! budget the level goes up by one; where it stays below a quarter of the budget for a minute, it
//! goes down by one. A level about halves the cost, so the level that was left is not entered again
//! at once. Nothing is decided within two τ of the last decision: until then the smoothed cost is
//! that of the old level.

use crate::clock::Stamp;
use std::time::Duration;

/// What watching may cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// CPU time, as a share of one core.
    pub cpu_ratio: f64,
    /// Memory that the monitor keeps, bytes.
    pub bytes: u64,
}

impl Default for Budget {
    /// 1 % of a core and 32 MiB.
    fn default() -> Self {
        Self { cpu_ratio: 0.01, bytes: 32 << 20 }
    }
}

/// What the hook had to count on the observed threads: sums since the process began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counted {
    /// Allocations, reallocations and frees.
    pub calls: u64,
    /// Scopes that were entered.
    pub scopes: u64,
    /// Blocks that were sampled.
    pub samples: u64,
    /// Blocks that were tracked in exact mode.
    pub tracked: u64,
}

/// What costs time on the observed threads.
struct Part {
    name: &'static str,
    /// Estimated time of one use, ns.
    ns: f64,
    uses: fn(&Counted) -> u64,
}

/// The times are figures of `benches/`, rounded up. They tell the order of the cost, and are no
/// measurement of this process.
const PARTS: [Part; 4] = [
    Part { name: "counting", ns: 0.7, uses: |counted| counted.calls },
    Part { name: "scopes", ns: 9.0, uses: |counted| counted.scopes },
    Part { name: "samples", ns: 1_500.0, uses: |counted| counted.samples },
    Part { name: "tracking", ns: 60.0, uses: |counted| counted.tracked },
];

/// How long costs are smoothed.
const SMOOTHED: Duration = Duration::from_secs(15);
/// How long the cost must stay low before a level is left.
const CALM: Duration = Duration::from_secs(60);
/// The share of the budget that is low.
const LOW: f64 = 0.25;
/// The highest level: intervals 64 times as long.
const HIGHEST: u32 = 6;

/// What watching costs now.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Cost {
    /// CPU time of the monitor's own thread, as a share of one core.
    pub own_cpu_ratio: f64,
    /// Estimated CPU time on the observed threads, as a share of one core, by part.
    pub hook_cpu_ratio: Vec<(&'static str, f64)>,
    /// Bytes that the monitor keeps.
    pub own_bytes: u64,
    /// How often intervals have been doubled.
    pub level: u32,
}

impl Cost {
    /// All of the time, as a share of one core.
    pub fn cpu_ratio(&self) -> f64 {
        self.own_cpu_ratio + self.hook_cpu_ratio.iter().map(|(_, ratio)| ratio).sum::<f64>()
    }
}

/// A change of the level.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Decision {
    /// The level before.
    pub from: u32,
    /// The level now.
    pub to: u32,
    /// The cost that led to it, as a share of one core.
    pub cpu_ratio: f64,
}

/// Keeps what watching costs below a budget.
#[derive(Debug)]
pub struct Governor {
    budget: Budget,
    cost: Cost,
    last: Option<(Stamp, Duration, Counted)>,
    decided: Option<Stamp>,
    calm_since: Option<Stamp>,
}

impl Governor {
    /// A governor with this budget, at level 0.
    pub fn new(budget: Budget) -> Self {
        Self { budget, cost: Cost::default(), last: None, decided: None, calm_since: None }
    }

    /// Takes another budget. The level follows with the next ticks.
    pub fn set_budget(&mut self, budget: Budget) {
        self.budget = budget;
    }

    /// What watching costs now.
    pub fn cost(&self) -> &Cost {
        &self.cost
    }

    /// The interval at the present level.
    pub fn interval(&self, configured: Duration) -> Duration {
        configured.saturating_mul(1 << self.cost.level)
    }

    /// The bytes between two heap samples at the present level.
    pub fn sampling(&self, configured: u64) -> u64 {
        configured.saturating_mul(1 << self.cost.level)
    }

    /// Takes in what was spent until `at`: CPU time of the monitor's thread and what the hook
    /// counted, both since they began, and the bytes that the monitor keeps now. Tells where the
    /// level changed.
    pub fn account(
        &mut self,
        at: Stamp,
        own_cpu: Duration,
        counted: Counted,
        own_bytes: u64,
    ) -> Option<Decision> {
        self.cost.own_bytes = own_bytes;
        let last = self.last.replace((at, own_cpu, counted));
        let (before, cpu_before, counted_before) = last?;
        let time = at.since(&before).filter(|time| !time.is_zero())?.as_secs_f64();
        let weight = 1.0 - (-time / SMOOTHED.as_secs_f64()).exp();
        let smooth = |old: f64, seconds: f64| old + weight * (seconds / time - old);
        let own = own_cpu.saturating_sub(cpu_before).as_secs_f64();
        self.cost.own_cpu_ratio = smooth(self.cost.own_cpu_ratio, own);
        let hook = PARTS.iter().enumerate().map(|(i, part)| {
            let uses = (part.uses)(&counted).saturating_sub((part.uses)(&counted_before)) as f64;
            let old = self.cost.hook_cpu_ratio.get(i).map_or(0.0, |(_, ratio)| *ratio);
            (part.name, smooth(old, uses * part.ns / 1e9))
        });
        self.cost.hook_cpu_ratio = hook.collect();
        self.decide(at)
    }

    /// Counting and tracking of every block cannot be made cheaper by a level, so they are left out
    /// of the decision.
    fn adjustable(&self) -> f64 {
        let samples = self.cost.hook_cpu_ratio.iter().find(|(name, _)| *name == "samples");
        self.cost.own_cpu_ratio + samples.map_or(0.0, |(_, ratio)| *ratio)
    }

    fn decide(&mut self, at: Stamp) -> Option<Decision> {
        let (ratio, from) = (self.adjustable(), self.cost.level);
        if ratio >= self.budget.cpu_ratio * LOW {
            self.calm_since = None;
        }
        let calm_since = *self.calm_since.get_or_insert(at);
        let waited = self.decided.is_none_or(|then| at.since(&then) >= Some(SMOOTHED * 2));
        if !waited {
            return None;
        }
        let calm = at.since(&calm_since) >= Some(CALM);
        let to = match ratio {
            ratio if ratio > self.budget.cpu_ratio => (from + 1).min(HIGHEST),
            _ if calm => from.saturating_sub(1),
            _ => from,
        };
        (to != from).then(|| {
            (self.cost.level, self.decided, self.calm_since) = (to, Some(at), None);
            Decision { from, to, cpu_ratio: ratio }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ticks for so many seconds with `own` of own CPU a tick at level 0; the changes of the level.
    struct Machine {
        governor: Governor,
        at: Stamp,
        cpu: Duration,
        counted: Counted,
    }

    impl Machine {
        fn new() -> Self {
            Self {
                governor: Governor::new(Budget::default()),
                at: Stamp::default(),
                cpu: Duration::ZERO,
                counted: Counted::default(),
            }
        }

        fn run(&mut self, seconds: u64, a_tick: Duration, samples: u64) -> Vec<Decision> {
            let end = self.at.monotonic_ns + seconds * 1_000_000_000;
            let mut decisions = Vec::new();
            while self.at.monotonic_ns < end {
                let interval = self.governor.interval(Duration::from_secs(1));
                self.at.monotonic_ns += interval.as_nanos() as u64;
                self.cpu += a_tick;
                // Half as many with every level.
                let level = self.governor.cost().level;
                self.counted.samples += (samples * interval.as_secs()) >> level;
                decisions.extend(self.governor.account(self.at, self.cpu, self.counted, 0));
            }
            decisions
        }
    }

    #[test]
    fn what_is_cheap_is_left_alone() {
        let mut machine = Machine::new();
        assert_eq!(machine.run(600, Duration::from_millis(2), 100), []);
        let cost = machine.governor.cost();
        assert!((cost.own_cpu_ratio - 0.002).abs() < 1e-6, "{cost:?}");
        assert!((cost.cpu_ratio() - 0.002 - 100.0 * 1_500.0 / 1e9).abs() < 1e-6, "{cost:?}");
    }

    #[test]
    fn intervals_grow_until_the_budget_is_held_and_shrink_again() {
        let mut machine = Machine::new();
        let up = machine.run(900, Duration::from_millis(50), 0);
        assert_eq!(up.last().map(|decision| decision.to), Some(3), "{up:?}");
        assert!(up.iter().all(|decision| decision.to > decision.from), "{up:?}");
        assert!(machine.governor.cost().cpu_ratio() <= 0.01);
        let down = machine.run(3_600, Duration::from_micros(500), 0);
        assert_eq!(machine.governor.cost().level, 0, "{down:?}");
    }

    #[test]
    fn levels_do_not_swing() {
        let mut machine = Machine::new();
        // Between a quarter of the budget and the whole, whatever the level.
        let decisions = machine.run(7_200, Duration::from_millis(15), 0);
        assert_eq!(decisions.len(), 1, "{decisions:?}");
    }

    #[test]
    fn samples_are_taken_less_often() {
        let mut machine = Machine::new();
        let decisions = machine.run(1_800, Duration::ZERO, 20_000);
        assert_eq!(machine.governor.cost().level, 2, "{decisions:?}");
        assert_eq!(machine.governor.sampling(512 << 10), 2 << 20);
    }

    #[test]
    fn counting_and_tracking_alone_change_nothing() {
        let mut machine = Machine::new();
        machine.counted.calls = 1;
        for _ in 0..600 {
            machine.at.monotonic_ns += 1_000_000_000;
            machine.counted.calls += 100_000_000;
            machine.counted.tracked += 1_000_000;
            let (at, counted) = (machine.at, machine.counted);
            assert_eq!(machine.governor.account(at, Duration::ZERO, counted, 7), None);
        }
        assert!(machine.governor.cost().cpu_ratio() > 0.05);
        assert_eq!(machine.governor.cost().own_bytes, 7);
    }

    #[test]
    fn another_run_and_a_clock_that_stands_are_no_cost() {
        let mut machine = Machine::new();
        machine.run(5, Duration::from_millis(1), 0);
        let before = machine.governor.cost().clone();
        let stands = machine.governor.account(machine.at, Duration::MAX, Counted::default(), 0);
        assert_eq!(stands, None);
        assert_eq!(*machine.governor.cost(), before);
    }
}
