//! What the monitor does, as structured events of `tracing`. Alerts are told by their own sink.

use super::Happened;
use crate::config::Reloaded;

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
