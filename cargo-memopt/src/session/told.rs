//! What people read at the end: the table, the findings, what was left as it is, the files.

use super::{Finished, Session};
use crate::console::Console;
use crate::error::Error;
use crate::instrument::outcome::{Outcome, Plain};
use crate::instrument::settings::replace;
use memopt_report::{Report, Status};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Findings shown; the report has all.
const FINDINGS: usize = 5;
/// Functions shown that were left as they are.
const PLAIN: usize = 10;

pub(super) fn tell(session: &Session<'_>, finished: &Finished) -> Result<(), Error> {
    let console = session.console;
    let shown = match session.task {
        super::Task::Run if !session.options.has_children() => 1,
        _ => usize::MAX,
    };
    let mut reports = Vec::new();
    for path in finished.reports.iter().take(shown) {
        let text = fs::read_to_string(path).map_err(|error| Error::file("read", path, &error))?;
        match Report::from_json(&text) {
            // Doctests are compiled as they are: they count nothing.
            Ok(report) if report.status() == Status::Counting || finished.reports.len() == 1 => {
                reports.push(report);
            }
            Ok(_) => {}
            // A program that is killed writes half of one. Its exit code is told all the same.
            Err(error) => {
                console.warn(format_args!("`{}` cannot be read: {error}", path.display()));
            }
        }
    }
    if reports.is_empty() && !session.selection.is_build_only() {
        console.warn(
            "the program wrote no report; one that ends by a signal, `abort` or `_exit` writes \
             none",
        );
    }
    let together = if session.options.has_children() { together(&mut reports) } else { None };
    for report in &reports {
        let table = report.table().limit(session.options.sites()).to_string();
        let findings = report.findings();
        let findings = findings.table().limit(FINDINGS).color(console.colors_stderr()).to_string();
        // Nobody reads a closed stream.
        let _ = writeln!(io::stderr(), "\n{}\n\n{}", table.trim_end(), findings.trim_end());
    }
    let is_run = session.task == super::Task::Run;
    let outcomes = finished.outcomes.iter();
    // Tests of an earlier command are no part of a run.
    let of_task = outcomes.filter(|outcome| !(is_run && outcome.unit.ends_with("(test)")));
    left(&of_task.collect::<Vec<_>>(), console);
    let mut files = kept(finished)?;
    if let (Some(processes), Some(report), Some(first)) =
        (together, reports.first(), finished.reports.first())
    {
        console.status("Merged", format_args!("the reports of {processes} processes"));
        let path = of_last_run(first).join("processes.json");
        replace(&path, report.to_json().as_bytes())
            .map_err(|error| Error::file("write", &path, &error))?;
        files.push(path);
    }
    for path in files {
        console.status("Wrote", path.display());
    }
    Ok(())
}

/// Makes one report of all, and says of how many processes; nothing where there is but one.
fn together(reports: &mut Vec<Report>) -> Option<usize> {
    let processes = reports.len();
    let mut all = reports.drain(..);
    let mut first = all.next()?;
    all.for_each(|report| first.merge(&report));
    reports.push(first);
    (processes > 1).then_some(processes)
}

/// The folder that holds the files of the last run under names that stay, by one of its files.
fn of_last_run(file: &Path) -> &Path {
    file.ancestors().nth(3).unwrap_or(Path::new("."))
}

/// What was not instrumented, by name.
fn left(outcomes: &[&Outcome], console: Console) {
    let chosen: usize = outcomes.iter().map(|outcome| outcome.chosen).sum();
    let plain: BTreeSet<&Plain> = outcomes.iter().flat_map(|outcome| &outcome.plain).collect();
    let in_units: usize = outcomes.iter().map(|outcome| outcome.plain.len()).sum();
    let eligible: usize = outcomes.iter().map(|outcome| outcome.eligible).sum();
    let crates = outcomes.len();
    console.status(
        "Instrumented",
        format_args!(
            "{} of {eligible} functions in {crates} crates; {} left out by the choice",
            chosen - in_units,
            eligible - chosen
        ),
    );
    for outcome in outcomes {
        if let Some(reason) = &outcome.left {
            console.warn(format_args!("{} is as it was: {reason}", outcome.unit));
        } else if outcome.is_executable && !outcome.has_allocator {
            let what = "has its allocator in another crate; only crates that use memopt count";
            console.warn(format_args!("{} {what}", outcome.unit));
        }
    }
    for one in plain.iter().take(PLAIN) {
        let (path, file, line) = (&one.path, &one.file, one.line);
        console.warn(format_args!("`{path}` at {file}:{line} is as it was: {}", one.reason));
    }
    if plain.len() > PLAIN {
        console.warn(format_args!("and {} more functions are as they were", plain.len() - PLAIN));
    }
}

/// The files of this run, and under names that stay, the last of each kind.
fn kept(finished: &Finished) -> Result<Vec<PathBuf>, Error> {
    let mut named = Vec::new();
    let own = finished.reports.first();
    let stem = own.and_then(|path| Some(path.file_stem()?.to_string_lossy().into_owned()));
    for path in finished.reports.iter().chain(&finished.files) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let ending = stem.as_ref().and_then(|stem| name.strip_prefix(stem.as_str()));
        let Some(ending) = ending else {
            named.push(path.clone());
            continue;
        };
        let name = match ending {
            ".json" => "report.json",
            ".svg" => "flamegraph.svg",
            ".heap.svg" => "heap.svg",
            ".pb.gz" => "heap.pb.gz",
            other => other.trim_start_matches('.'),
        };
        let to = of_last_run(path).join(name);
        let copy = || replace(&to, &fs::read(path)?);
        copy().map_err(|error| Error::file("write", &to, &error))?;
        named.push(to);
    }
    Ok(named)
}
