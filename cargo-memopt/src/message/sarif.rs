//! SARIF 2.1.0, as code scanning reads it: one run, a rule for each kind of limit, a result for
//! each that is broken. What is allowed is a result with a suppression.

use super::notes;
use crate::gate::verdict::{Verdict, Violation};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) fn text(verdict: &Verdict) -> String {
    let all = || {
        let broken = verdict.violations.iter().map(|violation| (violation, None));
        broken.chain(verdict.allowed.iter().map(|(violation, reason)| (violation, Some(reason))))
    };
    let ids: Vec<&str> = all()
        .map(|(violation, _)| violation.rule.as_str())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let rules: Vec<Value> = ids.iter().map(|id| rule(id)).collect();
    let results: Vec<Value> = all()
        .map(|(violation, reason)| {
            let index = ids.iter().position(|id| *id == violation.rule).unwrap_or(0);
            result(violation, index, reason.map(String::as_str))
        })
        .collect();
    let notifications: Vec<Value> = notes(verdict)
        .into_iter()
        .map(|note| json!({ "level": "note", "message": { "text": note } }))
        .collect();
    let value = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "memopt",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": "https://github.com/memopt/memopt",
                "rules": rules,
            }},
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": notifications,
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{value:#}\n")
}

fn rule(id: &str) -> Value {
    let (kind, what) = id.split_once('.').unwrap_or((id, ""));
    let text = match (kind, what) {
        ("budget", "declared") => "A call broke the budget declared in the source.".to_owned(),
        ("budget", what) => format!("More {what} than the limit in memopt.toml."),
        ("growth", what) => format!("More {what} than the baseline, beyond what is allowed."),
        (_, what) => format!("The detector `{what}` knows a change that saves memory or time."),
    };
    json!({
        "id": id,
        "name": name(id),
        "shortDescription": { "text": text },
        "helpUri": "https://docs.rs/memopt/latest/memopt/docs/gate/",
        "defaultConfiguration": { "level": "error" },
        "properties": { "tags": ["memory", "performance"] },
    })
}

/// `BudgetBytes` for `budget.bytes`: viewers show a name in this form.
fn name(id: &str) -> String {
    id.split(['.', '-', '_'])
        .filter_map(|part| {
            let mut chars = part.chars();
            let first = chars.next()?.to_ascii_uppercase();
            Some(std::iter::once(first).chain(chars).collect::<String>())
        })
        .collect()
}

fn result(violation: &Violation, rule: usize, reason: Option<&str>) -> Value {
    let mut value = json!({
        "ruleId": violation.rule,
        "ruleIndex": rule,
        "level": if reason.is_some() { "note" } else { "error" },
        "message": { "text": format!("{}; {}", violation.message, violation.help) },
        // What stays the same when lines move: by it a result is known again.
        "partialFingerprints": {
            "memoptRuleAndSite/v1": format!("{}:{}", violation.rule, violation.subject()),
        },
        "properties": {
            "actual": violation.actual,
            "limit": violation.limit,
            "before": violation.before,
        },
    });
    if let Some(place) = &violation.place {
        let mut location = json!({
            "logicalLocations": [{ "fullyQualifiedName": place.site, "kind": "function" }],
        });
        if !place.file.is_empty() {
            location["physicalLocation"] = json!({ "artifactLocation": artifact(&place.file) });
            if place.line > 0 {
                let mut region = json!({ "startLine": place.line });
                if place.column > 0 {
                    region["startColumn"] = json!(place.column);
                }
                location["physicalLocation"]["region"] = region;
            }
        }
        value["locations"] = json!([location]);
    }
    if let Some(reason) = reason {
        value["suppressions"] = json!([{ "kind": "external", "justification": reason }]);
    }
    value
}

/// A path as a URI; a relative one is below the root of the source.
fn artifact(file: &str) -> Value {
    let uri: String = file
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect();
    if file.starts_with('/') {
        json!({ "uri": format!("file://{uri}") })
    } else {
        json!({ "uri": uri, "uriBaseId": "%SRCROOT%" })
    }
}
