//! Commands of GitHub Actions: `::error file=..,line=..,title=..::text`.

use super::{notes, summary};
use crate::gate::verdict::{Verdict, Violation};
use std::fmt::Write as _;

pub(super) fn text(verdict: &Verdict) -> String {
    let mut out = String::new();
    for violation in &verdict.violations {
        line(&mut out, "error", violation, &violation.help);
    }
    for (violation, reason) in &verdict.allowed {
        line(&mut out, "notice", violation, &format!("allowed: {reason}"));
    }
    for note in notes(verdict) {
        let _ = writeln!(out, "::notice title=memopt check::{}", data(&note));
    }
    // No command: it is only in the log.
    let _ = writeln!(out, "memopt check {}", summary(verdict));
    out
}

fn line(out: &mut String, level: &str, violation: &Violation, more: &str) {
    let mut properties = Vec::new();
    if let Some(place) = violation.place.as_ref().filter(|place| !place.file.is_empty()) {
        properties.push(format!("file={}", property(&place.file)));
        if place.line > 0 {
            properties.push(format!("line={}", place.line));
        }
        if place.line > 0 && place.column > 0 {
            properties.push(format!("col={}", place.column));
        }
    }
    properties.push(format!("title={}", property(&format!("memopt {}", violation.rule))));
    let text = data(&format!("{}\n{more}", violation.message));
    let _ = writeln!(out, "::{level} {}::{text}", properties.join(","));
}

/// What ends a command or begins an escape must not stand in its text.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// In a property the separators must not either.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn separators_are_escaped() {
        assert_eq!(data("5 %\nx"), "5 %25%0Ax");
        assert_eq!(property("a:b,c"), "a%3Ab%2Cc");
    }
}
