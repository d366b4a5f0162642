//! A comment for a pull request. Its first line is a mark by which a workflow finds it again.

use super::{notes, summary};
use crate::gate::verdict::{Place, Verdict, Violation};
use crate::quantity::change;
use std::fmt::Write as _;

/// Rows shown before the rest is folded away: a comment has 65,536 characters.
const ROWS: usize = 20;
const MOST: usize = 200;

pub(super) fn text(verdict: &Verdict) -> String {
    let mut out = String::from("<!-- memopt-check -->\n");
    let mark = if verdict.is_passed() { "✅" } else { "❌" };
    let _ = writeln!(out, "### {mark} Memory: {}\n", escape(&summary(verdict)));
    totals(&mut out, verdict);
    if !verdict.violations.is_empty() {
        let (shown, rest) = verdict.violations.split_at(verdict.violations.len().min(ROWS));
        table(&mut out, shown);
        if !rest.is_empty() {
            let _ = writeln!(out, "<details><summary>{} more</summary>\n", rest.len());
            table(&mut out, &rest[..rest.len().min(MOST)]);
            if rest.len() > MOST {
                let _ = writeln!(out, "and {} more; see the log\n", rest.len() - MOST);
            }
            out.push_str("</details>\n\n");
        }
    }
    if !verdict.allowed.is_empty() {
        let _ = writeln!(out, "<details><summary>{} allowed</summary>\n", verdict.allowed.len());
        out.push_str("| where | what | reason |\n|---|---|---|\n");
        for (violation, reason) in verdict.allowed.iter().take(MOST) {
            let (place, what) = (place(violation), escape(&violation.message));
            let _ = writeln!(out, "| {place} | {what} | {} |", escape(reason));
        }
        out.push_str("\n</details>\n\n");
    }
    for note in notes(verdict) {
        let _ = writeln!(out, "_{}_\n", escape(&note));
    }
    let profile = escape(&verdict.profile);
    let _ = writeln!(out, "<sub>`cargo memopt check`, profile {profile}. Counts are exact.</sub>");
    out
}

fn totals(out: &mut String, verdict: &Verdict) {
    let with_baseline = verdict.totals.iter().any(|total| total.before.is_some());
    if with_baseline {
        out.push_str("| whole run | before | after | change |\n|---|--:|--:|--:|\n");
    } else {
        out.push_str("| whole run | |\n|---|--:|\n");
    }
    for total in &verdict.totals {
        let show = |value: u64| total.quantity.show(value as f64);
        let (name, after) = (total.quantity.noun(), show(total.after));
        match total.before {
            Some(before) => {
                let moved = change(before as f64, total.after as f64);
                let _ = writeln!(out, "| {name} | {} | {after} | {moved} |", show(before));
            }
            None => {
                let _ = writeln!(out, "| {name} | {after} |");
            }
        }
    }
    out.push('\n');
}

fn table(out: &mut String, violations: &[Violation]) {
    out.push_str("| where | what | rule |\n|---|---|---|\n");
    for violation in violations {
        let (place, what) = (place(violation), escape(&violation.message));
        let _ = writeln!(out, "| {place} | {what} | `{}` |", violation.rule);
    }
    out.push('\n');
}

fn place(violation: &Violation) -> String {
    match violation.place.as_ref().and_then(Place::show) {
        Some(place) => code(&place),
        None => escape(violation.subject()),
    }
}

/// A span of code in a cell of a table.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'").replace('|', "\\|").replace(['\n', '\r'], " "))
}

/// Text in a cell of a table; what is between backticks stays code.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_code = false;
    // An odd backtick would open code that never ends.
    let pairs = text.matches('`').count() / 2 * 2;
    let mut seen = 0;
    for c in text.chars() {
        match c {
            '`' if seen < pairs => {
                (seen, in_code) = (seen + 1, !in_code);
                out.push(c);
            }
            '\n' | '\r' => out.push(' '),
            '|' => out.push_str("\\|"),
            '<' if !in_code => out.push_str("&lt;"),
            '&' if !in_code => out.push_str("&amp;"),
            '*' | '_' | '[' | ']' | '#' | '@' | '`' | '\\' | '~' if !in_code => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn a_cell_stays_a_cell() {
        assert_eq!(escape("a|b\nc"), "a\\|b c");
        assert_eq!(escape("`Vec<T>`: <b> @x"), "`Vec<T>`: &lt;b> \\@x");
        assert_eq!(escape("odd ` one"), "odd \\` one");
    }
}
