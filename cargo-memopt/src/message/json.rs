//! For programs: one object. Its members only ever increase; `version` changes where one changes
//! its meaning.

use crate::gate::verdict::{Verdict, Violation};
use crate::quantity::Quantity;
use serde_json::{Value, json};

pub(super) fn text(verdict: &Verdict) -> String {
    let allowed: Vec<Value> = verdict
        .allowed
        .iter()
        .map(|(broken, reason)| {
            let mut value = violation(broken);
            value["reason"] = json!(reason);
            value
        })
        .collect();
    let totals: serde_json::Map<String, Value> = verdict
        .totals
        .iter()
        .map(|total| {
            let value = json!({ "before": total.before, "after": total.after });
            (total.quantity.key().to_owned(), value)
        })
        .collect();
    let value = json!({
        "format": "memopt-check",
        "version": 1,
        "passed": verdict.is_passed(),
        "report": verdict.report,
        "profile": verdict.profile,
        "baseline": verdict.baseline,
        "sites": verdict.sites,
        "comparisons": verdict.judged,
        "callers_left_out": verdict.callers,
        "totals": totals,
        "violations": verdict.violations.iter().map(violation).collect::<Vec<_>>(),
        "allowed": allowed,
        "unused_allow": verdict.unused,
    });
    format!("{value:#}\n")
}

fn violation(violation: &Violation) -> Value {
    let place = violation.place.as_ref();
    json!({
        "rule": violation.rule,
        "site": place.map(|place| &place.site),
        "file": place.map(|place| &place.file).filter(|file| !file.is_empty()),
        "line": place.map(|place| place.line).filter(|line| *line > 0),
        "column": place.map(|place| place.column).filter(|column| *column > 0),
        "message": violation.message,
        "help": violation.help,
        "quantity": violation.quantity.map(Quantity::key),
        "actual": violation.actual,
        "limit": violation.limit,
        "before": violation.before,
    })
}
