//! The rules that memopt brings.
//!
//! Few, and each asks for something to be done: an on-call engineer keeps a rule only if it is
//! worth being called for. Anomalies are shown on the pages and in reports, and are no alert by
//! default: an unusual value needs no action by itself. For the same reason no rule looks at the
//! CPU, at fragmentation, or at an absolute size, which nobody but the program's owner knows.

use crate::config::Severity::{self, Critical, Info, Warning};
use crate::config::{AlertRule, Amount, Inhibition, Matcher, Watch};
use std::time::Duration;

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

fn rule(name: &str, watch: Watch, severity: Severity, summary: &str, remedy: &str) -> AlertRule {
    AlertRule {
        name: name.to_owned(),
        watch,
        severity,
        summary: summary.to_owned(),
        remedy: remedy.to_owned(),
        ..AlertRule::default()
    }
}

/// The default rules, each with the reason in its summary and the remedy beside it.
pub fn default_rules() -> Vec<AlertRule> {
    let mut rules = limits();
    rules.extend(verdicts());
    rules
}

/// Memory and its limit.
fn limits() -> Vec<AlertRule> {
    vec![
        // The kernel kills the program at 100 %. The clear threshold is lower, as memory near the
        // limit goes up and down.
        AlertRule {
            above: Some(Amount::share(0.95)),
            clear: Some(Amount::share(0.9)),
            hold: Duration::from_secs(30),
            cooldown: minutes(5),
            ..rule(
                "MemoryAtLimit",
                Watch::Share,
                Critical,
                "memory is nearly at the limit: the kernel ends the program when it is reached",
                "raise the limit or shed load now; then see which sites hold the memory",
            )
        },
        // Time to act in working hours.
        AlertRule {
            above: Some(Amount::share(0.85)),
            clear: Some(Amount::share(0.8)),
            hold: minutes(10),
            cooldown: minutes(30),
            ..rule(
                "MemoryNearLimit",
                Watch::Share,
                Warning,
                "memory stays near the limit",
                "see which sites hold the memory, or raise the limit",
            )
        },
        // Half an hour is what it takes to be called and to look. A forecast must hold for a while:
        // a warm-up looks like the end of the world.
        AlertRule {
            below: Some(Amount::time(minutes(30))),
            clear: Some(Amount::time(minutes(60))),
            hold: minutes(5),
            keep_firing_for: minutes(5),
            cooldown: minutes(30),
            ..rule(
                "MemoryExhaustionSoon",
                Watch::Exhaustion,
                Critical,
                "memory grows and reaches the limit within half an hour",
                "see the leaks and the sites that grow; restart in time if nothing else helps",
            )
        },
        AlertRule {
            below: Some(Amount::time(minutes(24 * 60))),
            clear: Some(Amount::time(minutes(48 * 60))),
            hold: minutes(60),
            keep_firing_for: minutes(60),
            cooldown: minutes(6 * 60),
            ..rule(
                "MemoryExhaustionWithinADay",
                Watch::Exhaustion,
                Warning,
                "memory grows and reaches the limit within a day",
                "see the leaks and the sites that grow",
            )
        },
    ]
}

/// What is found wrong.
fn verdicts() -> Vec<AlertRule> {
    vec![
        // A verdict is reached slowly, so that it need not hold for long. It is kept where it is
        // lost for a moment.
        AlertRule {
            hold: minutes(1),
            keep_firing_for: minutes(15),
            cooldown: minutes(60),
            ..rule(
                "MemoryLeak",
                Watch::Leak,
                Warning,
                "a site goes on to hold more and more memory",
                "compare two heap profiles of the site; its stack is in the verdict",
            )
        },
        AlertRule {
            hold: minutes(5),
            keep_firing_for: minutes(15),
            cooldown: minutes(60),
            ..rule(
                "ThreadsOrTasksGrow",
                Watch::Growth,
                Warning,
                "threads or tasks are started and do not end",
                "see where they are started and what they wait for",
            )
        },
        // A broken budget is a fault in a release, not an incident: it is good to know.
        AlertRule {
            keep_firing_for: minutes(5),
            cooldown: minutes(60),
            ..rule(
                "BudgetViolated",
                Watch::Budget,
                Info,
                "a site allocates more than its budget allows",
                "see the site in the report, or raise its budget",
            )
        },
        AlertRule {
            hold: minutes(30),
            cooldown: minutes(24 * 60),
            ..rule(
                "PoolOrCacheMisbehaves",
                Watch::Misuse,
                Info,
                "a pool or cache costs more than it saves",
                "see its row in the report: limit it or remove it",
            )
        },
        // Whoever relies on alerts must know when there are none.
        AlertRule {
            hold: minutes(5),
            cooldown: minutes(60),
            ..rule(
                "MonitorUnhealthy",
                Watch::Health,
                Warning,
                "a part of the monitor does not work, so that other alerts may be missing",
                "see the health of the monitor",
            )
        },
    ]
}

/// Of two default alerts about the same, the more urgent one is told.
pub(super) fn default_inhibitions() -> Vec<Inhibition> {
    let follows = |source: &str, target: &str| Inhibition {
        source: vec![Matcher::is("alertname", source)],
        target: vec![Matcher::is("alertname", target)],
        equal: vec!["instance".to_owned()],
    };
    vec![
        follows("MemoryAtLimit", "MemoryNearLimit"),
        follows("MemoryAtLimit", "MemoryExhaustionSoon"),
        follows("MemoryExhaustionSoon", "MemoryExhaustionWithinADay"),
        follows("MemoryAtLimit", "MemoryExhaustionWithinADay"),
    ]
}
