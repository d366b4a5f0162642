//! What the program says while it works and about what it found.

use crate::index::Index;
use crate::walk::{Skipped, Walk};
use indicatif::{ProgressBar, ProgressStyle};
use memopt::Report;
use memopt_examples::units::{bytes, count, of};
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

/// Skipped files that are named; more are only counted.
const NAMED: usize = 10;

/// What will be read, and what is left out for the limit's sake.
pub(crate) fn input(out: &mut impl Write, origin: &str, found: &Walk, all: u64) -> io::Result<()> {
    writeln!(out, "source: {origin}")?;
    let files = of(found.sources.len() as u64, "Rust file");
    write!(out, "reading {files}, {}", bytes(found.bytes()))?;
    if found.bytes() < all {
        write!(out, ", of {} there are (`--all` reads everything)", bytes(all))?;
    }
    writeln!(out)
}

/// A bar on the terminal; nothing where the output goes elsewhere.
pub(crate) fn progress(what: String, bytes: u64) -> ProgressBar {
    let template = "{prefix:>10} [{bar:40}] {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
    let style = ProgressStyle::with_template(template)
        .expect("the template is a constant that indicatif reads");
    ProgressBar::new(bytes).with_style(style).with_prefix(what)
}

/// One pass in one line.
pub(crate) fn pass(
    out: &mut impl Write,
    threads: usize,
    took: Duration,
    read: u64,
    report: &Report,
) -> io::Result<()> {
    let seconds = took.as_secs_f64();
    let rate = bytes((read as f64 / seconds.max(1e-9)) as u64);
    let total = report.total();
    writeln!(
        out,
        "{:>10}: {seconds:.2} s, {rate}/s; allocated {} in {}",
        of(threads as u64, "thread"),
        bytes(total.bytes),
        of(total.allocs, "block")
    )
}

/// What both passes found.
pub(crate) fn agreement(out: &mut impl Write, index: &Index) -> io::Result<()> {
    let lines = index.files.iter().map(|file| file.lines).sum();
    let filled = index.files.iter().map(|file| file.filled_lines).sum();
    writeln!(
        out,
        "both found the same: {}, {},\n{} of which {} are not blank",
        of(index.files.iter().map(|file| file.tokens).sum(), "token"),
        of(index.identifiers.len() as u64, "distinct identifier"),
        of(lines, "line"),
        count(filled),
    )
}

/// What was left out and why.
pub(crate) fn skipped(out: &mut impl Write, skipped: &[Skipped]) -> io::Result<()> {
    if skipped.is_empty() {
        return Ok(());
    }
    writeln!(out, "skipped {}:", of(skipped.len() as u64, "path"))?;
    for skipped in skipped.iter().take(NAMED) {
        writeln!(out, "  {skipped}")?;
    }
    if skipped.len() > NAMED {
        writeln!(out, "  and {} more", skipped.len() - NAMED)?;
    }
    Ok(())
}

/// The table, then what memopt would change, with the change to the source; then where much happens
/// and no remedy is known.
pub(crate) fn report(out: &mut impl Write, report: &Report) -> io::Result<()> {
    writeln!(out, "\n{report}")?;
    writeln!(out, "\n{}", report.findings())
}

/// Where the report can be read again.
pub(crate) fn files(out: &mut impl Write, written: &[(PathBuf, &str)]) -> io::Result<()> {
    writeln!(out, "written:")?;
    for (path, what) in written {
        writeln!(out, "  {}  ({what})", path.display())?;
    }
    Ok(())
}
