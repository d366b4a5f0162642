//! `JUnit` XML: one test case a limit that is broken or allowed, and one for all that hold.

use super::{notes, summary};
use crate::gate::verdict::{Place, Verdict, Violation};
use std::fmt::Write as _;

pub(super) fn text(verdict: &Verdict) -> String {
    let (failures, skipped) = (verdict.violations.len(), verdict.allowed.len());
    let tests = failures + skipped + 1;
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\"");
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(out, "<testsuites name=\"memopt check\" {counts}>");
    let _ = writeln!(
        out,
        "  <testsuite name=\"{}\" {counts} skipped=\"{skipped}\">",
        escape(&verdict.profile)
    );
    let all = if failures == 0 { "all limits hold" } else { "all other limits hold" };
    let _ = writeln!(out, "    <testcase classname=\"memopt\" name=\"{all}\"/>");
    for violation in &verdict.violations {
        case(&mut out, violation, |out| {
            let place = violation.place.as_ref().and_then(Place::show);
            let place = place.map_or(String::new(), |place| format!("{place}\n"));
            let _ = writeln!(
                out,
                "      <failure type=\"{}\" message=\"{}\">{}{}</failure>",
                escape(&violation.rule),
                escape(&violation.message),
                escape(&place),
                escape(&violation.help)
            );
        });
    }
    for (violation, reason) in &verdict.allowed {
        case(&mut out, violation, |out| {
            let message = format!("{}; allowed: {reason}", violation.message);
            let _ = writeln!(out, "      <skipped message=\"{}\"/>", escape(&message));
        });
    }
    let mut lines = notes(verdict);
    lines.push(summary(verdict));
    let _ = writeln!(out, "    <system-out>{}</system-out>", escape(&lines.join("\n")));
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

fn case(out: &mut String, violation: &Violation, inner: impl FnOnce(&mut String)) {
    let (class, name) = (escape(violation.subject()), escape(&violation.rule));
    let place = violation.place.as_ref().filter(|place| !place.file.is_empty());
    let file = place.map_or(String::new(), |place| match place.line {
        0 => format!(" file=\"{}\"", escape(&place.file)),
        line => format!(" file=\"{}\" line=\"{line}\"", escape(&place.file)),
    });
    let _ = writeln!(out, "    <testcase classname=\"{class}\" name=\"{name}\"{file}>");
    inner(out);
    out.push_str("    </testcase>\n");
}

/// Text and attributes alike. Characters that XML cannot hold at all are replaced.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
