//! What people read at the end: the table, the findings, what was left as it is, the files.

use super::{Finished, Session};
use crate::console::Console;
use crate::error::Error;
use crate::instrument::choice::Choice;
use crate::instrument::outcome::{Outcome, Plain};
use crate::instrument::settings::replace;
use memopt_report::units::{count, counted};
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
    let choice = session.options.choice();
    left(&of_task.collect::<Vec<_>>(), &choice, console);
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
fn left(outcomes: &[&Outcome], choice: &Choice, console: Console) {
    let chosen: usize = outcomes.iter().map(|outcome| outcome.chosen).sum();
    let plain: BTreeSet<&Plain> = outcomes.iter().flat_map(|outcome| &outcome.plain).collect();
    let in_units: usize = outcomes.iter().map(|outcome| outcome.plain.len()).sum();
    let eligible: usize = outcomes.iter().map(|outcome| outcome.eligible).sum();
    let measured = chosen - in_units;
    console.status("Instrumented", how_many(measured, chosen, eligible, outcomes.len(), choice));
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
        let more = counted((plain.len() - PLAIN) as u64, "more function");
        console.warn(format_args!("and {more}, each as it was"));
    }
}

/// Functions that are measured, of those that the choice takes, of all that can be.
fn how_many(
    measured: usize,
    chosen: usize,
    eligible: usize,
    crates: usize,
    choice: &Choice,
) -> String {
    let left_out = match eligible - chosen {
        0 => String::new(),
        some => format!("; {} left out {}", count(some as u64), choice.why_left_out()),
    };
    let [functions, crates] =
        [(eligible, "function"), (crates, "crate")].map(|(n, noun)| counted(n as u64, noun));
    format!("{} of {functions} in {crates}{left_out}", count(measured as u64))
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

#[cfg(test)]
mod tests {
    use super::{Choice, how_many};

    #[test]
    fn one_is_no_plural_and_nothing_left_out_needs_no_reason() {
        let choice = Choice::default();
        assert_eq!(how_many(5, 5, 5, 1, &choice), "5 of 5 functions in 1 crate");
        assert_eq!(how_many(1, 1, 1, 2, &choice), "1 of 1 function in 2 crates");
        let text = how_many(3, 4, 1200, 1, &choice);
        assert!(
            text.starts_with("3 of 1,200 functions in 1 crate; 1,196 left out because"),
            "{text}"
        );
    }
}
