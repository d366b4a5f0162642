//! What the monitor does, as structured events of `tracing`. Alerts are told by their own sink.

use super::Happened;
use crate::config::Reloaded;
use crate::health::Health;
use crate::history::{Health as StoreHealth, StoreState};
use std::collections::BTreeSet;

/// Tells what happened in a tick.
pub(super) fn tell(happened: &Happened) {
    if happened.missed > 0 {
        tracing::info!(target: "memopt::monitor", missed = happened.missed, "readings were missed");
    }
    match &happened.reloaded {
        Some(Reloaded::Taken { changed, at_start }) => tracing::info!(
            target: "memopt::monitor",
            changed = changed.join(", "),
            at_start = at_start.join(", "),
            "the configuration was taken up"
        ),
        Some(Reloaded::Refused(error)) => tracing::warn!(
            target: "memopt::monitor",
            %error,
            "the configuration was refused, the one from before stays in force"
        ),
        _ => {}
    }
    if let Some(decision) = happened.decision {
        tracing::info!(
            target: "memopt::monitor",
            from = decision.from,
            to = decision.to,
            cpu_ratio = decision.cpu_ratio,
            "the governor changed its level"
        );
    }
    for event in &happened.events {
        tracing::info!(
            target: "memopt::monitor",
            rule = event.rule,
            run = event.id,
            "{}",
            event.what
        );
    }
}

/// Tells of parts that began or ceased to fail.
pub(super) fn tell_faults(told: &mut BTreeSet<String>, health: &Health) {
    told.retain(|part| {
        let lasts = health.faults().any(|fault| fault.part == *part);
        if !lasts {
            tracing::info!(target: "memopt::monitor", part, "a part of the monitor works again");
        }
        lasts
    });
    for fault in health.faults() {
        if told.insert(fault.part.clone()) {
            let (part, detail) = (&fault.part, &fault.detail);
            tracing::warn!(
                target: "memopt::monitor", part, detail, "a part of the monitor does not work"
            );
        }
    }
}

/// Tells what became of the store when it was opened. What is wrong with it is a fault too.
pub(super) fn tell_store(run: u32, state: &StoreState) {
    let is_stored = state.health == StoreHealth::Stored;
    tracing::info!(
        target: "memopt::monitor",
        run,
        is_stored,
        is_beside = state.is_beside,
        blocks = state.blocks,
        "the store was opened: {state}"
    );
}

/// Tells of a heap profile that was due. Why none was kept is a fault.
pub(super) fn tell_profile(outcome: &Result<(), String>) {
    if outcome.is_ok() {
        tracing::info!(target: "memopt::monitor", "a heap profile was kept: it was time for one");
    }
}

/// Tells that the monitor ends.
pub(super) fn tell_stop(readings: u64) {
    tracing::info!(target: "memopt::monitor", readings, "the monitor has stopped");
}
