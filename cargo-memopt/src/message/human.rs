//! For a terminal: one statement a limit, as compilers print them.

use super::{notes, summary};
use crate::gate::verdict::{Place, Verdict, Violation};
use crate::paint::{Look, Tone};
use memopt_report::label::{clean, width, wrap};
use std::fmt::Write as _;

pub(super) fn text(verdict: &Verdict, look: Look) -> String {
    let mut out = String::new();
    let mut rest = verdict.violations.iter().peekable();
    while let Some(violation) = rest.next() {
        statement(&mut out, look, (Tone::Bad, "error"), violation);
        // What helps several of one place is said once, below the last.
        let is_last = rest
            .peek()
            .is_none_or(|next| (&next.help, &next.place) != (&violation.help, &violation.place));
        if is_last {
            hint(&mut out, look, "help", &violation.help);
            out.push('\n');
        }
    }
    for (violation, reason) in &verdict.allowed {
        statement(&mut out, look, (Tone::Faint, "allowed"), violation);
        hint(&mut out, look, "reason", reason);
        out.push('\n');
    }
    for note in notes(verdict) {
        for line in wrap(&format!("note: {note}"), look.width) {
            let _ = writeln!(out, "{}", look.paint(Tone::Faint, line));
        }
    }
    let tone = if verdict.is_passed() { Tone::Good } else { Tone::Bad };
    let summary = summary(verdict);
    let (word, rest) = summary.split_once(':').unwrap_or((&summary, ""));
    let mut lines = wrap(&format!("memopt check {word}:{rest}"), look.width).into_iter();
    if let Some(first) = lines.next() {
        let _ = writeln!(out, "{}", look.paint(tone, first));
    }
    for line in lines {
        let _ = writeln!(out, "  {line}");
    }
    out
}

fn statement(out: &mut String, look: Look, (tone, word): (Tone, &str), violation: &Violation) {
    let head = format!("{word}[{}]", violation.rule);
    let lead = width(&head) + 2;
    // The first line has the head in front of it.
    let text = format!("{}{}", "\u{1}".repeat(lead), together(&clean(&violation.message)));
    for (i, line) in wrap(&text, look.width).into_iter().enumerate() {
        let line = line.replace('\u{a0}', " ");
        if i == 0 {
            let line = line.trim_start_matches('\u{1}');
            let _ = writeln!(out, "{}: {line}", look.paint(tone, &head));
        } else {
            let _ = writeln!(out, "  {line}");
        }
    }
    if let Some(place) = violation.place.as_ref().and_then(Place::show) {
        let _ = writeln!(out, "  {} {}", look.paint(Tone::Faint, "-->"), clean(&place));
    }
}

/// Keeps a number and its unit in one line.
fn together(text: &str) -> String {
    let units = [" %", " B", " KiB", " MiB", " GiB"];
    units.iter().fold(text.to_owned(), |text, unit| {
        text.replace(unit, &format!("\u{a0}{}", unit.trim_start()))
    })
}

fn hint(out: &mut String, look: Look, word: &str, text: &str) {
    let indent = 5 + word.len();
    for (i, line) in wrap(&clean(text), look.width - indent - 1).into_iter().enumerate() {
        if i == 0 {
            let _ = writeln!(out, "  {} {line}", look.paint(Tone::Faint, format!("= {word}:")));
        } else {
            let _ = writeln!(out, "{:indent$} {line}", "");
        }
    }
}
