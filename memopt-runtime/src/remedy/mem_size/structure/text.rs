//! The report as text, at most 100 columns wide.

use super::{Change, ChangeKind, StructureReport};
use crate::report::{label, units};
use std::fmt::{self, Write as _};

const WIDTH: usize = 100;
const INDENT: &str = "   ";

impl fmt::Display for StructureReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        label::print(f, |out| write(self, out))
    }
}

fn write(report: &StructureReport, out: &mut String) -> fmt::Result {
    let (size, total) = (&report.size, report.size.total_bytes());
    let values = report.types.iter().map(|ty| ty.values).sum();
    writeln!(
        out,
        "{}: {} of {}, {} on the heap\nspare room {}, padding {}, unused in variants {}",
        units::bytes(total),
        units::counted(values, "value"),
        units::counted(report.types.len() as u64, "derived type"),
        units::counted(size.blocks, "block"),
        units::share(size.slack_bytes, total),
        units::share(size.padding_bytes, total),
        units::share(size.unused_bytes, total),
    )?;
    if size.unseen > 0 {
        writeln!(
            out,
            "{} locked or borrowed, and not looked into",
            units::counted(size.unseen, "value")
        )?;
    }
    if report.changes.is_empty() {
        writeln!(out, "nothing to change: no single change would save 5 % of it")?;
    }
    for (n, change) in report.changes.iter().enumerate() {
        let most = if change.kind == ChangeKind::Padding { "at most " } else { "" };
        let saves =
            format!("{most}{}, {}", units::bytes(change.saves_bytes), units::percent(change.share));
        let title = format!("{}. ", n + 1);
        let room = WIDTH - label::width(&title) - label::width(&saves) - 2;
        writeln!(
            out,
            "\n{title}{}: {saves}",
            label::shorten(&label::clean(&subject(change)), room)
        )?;
        let place = format!("{}:{}:{}", change.file, change.line, change.column);
        if !change.file.is_empty() {
            writeln!(out, "{INDENT}at {}", label::shorten(&label::clean(&place), WIDTH - 6))?;
        }
        for text in [&change.evidence, &change.help] {
            for line in label::wrap(&label::clean(text), WIDTH - INDENT.len()) {
                writeln!(out, "{INDENT}{}", label::shorten(&line, WIDTH - INDENT.len()))?;
            }
        }
    }
    Ok(())
}

fn subject(change: &Change) -> String {
    match (change.kind, change.part.as_str()) {
        (_, "") => change.type_name.clone(),
        (ChangeKind::BoxVariant, variant) => format!("{}::{variant}", change.type_name),
        (_, field) => format!("{}.{field}", change.type_name),
    }
}
