//! What the optimizer did, below the table of sites.

use crate::report::label::{clean, wrap};
use crate::report::{Action, Report, units};
use std::fmt::{self, Write as _};

/// The latest entry of each site, newest last; nothing where the optimizer did nothing.
pub(super) fn write(f: &mut String, report: &Report, width: usize) -> fmt::Result {
    let mut latest: Vec<&Action> = Vec::new();
    for action in &report.actions {
        latest.retain(|other| other.site != action.site || other.routing != action.routing);
        latest.push(action);
    }
    if latest.is_empty() {
        return Ok(());
    }
    writeln!(f, "\noptimizer")?;
    for action in latest {
        for (i, line) in wrap(&clean(&line(action)), width - 4).into_iter().enumerate() {
            writeln!(f, "{}{line}", if i == 0 { "  " } else { "    " })?;
        }
    }
    Ok(())
}

fn line(action: &Action) -> String {
    let measured = action.measured.as_ref().map_or_else(String::new, |effect| {
        format!(
            "; a treated call takes {} of the time ({} to {}), by {} treated and {} untreated calls",
            units::percent(effect.time_ratio),
            units::percent(effect.low),
            units::percent(effect.high),
            units::count(effect.treated),
            units::count(effect.untreated),
        )
    });
    format!("{} {}: {}, {}{measured}", action.step.name(), action.routing, action.site, action.evidence)
}
