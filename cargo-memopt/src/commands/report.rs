//! `cargo memopt report`: what is in a file that memopt wrote.

use crate::console::Console;
use crate::error::Error;
use crate::exit::Exit;
use crate::export::{self, Form};
use crate::input::Input;
use crate::output;
use crate::paint::{Look, Tone};
use crate::sources::reports;
use clap::ValueEnum;
use memopt_report::{Findings, Report, SortBy};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Show what is in a report or profile.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  cargo memopt report                          the last run
  cargo memopt report run.json --sort peak     the sites that hold most at once
  cargo memopt report run.json --format html -o run.html
  my-program | cargo memopt report -           from the standard input")]
pub(crate) struct Args {
    /// Reports of sites, heap reports, findings, or threads and tasks; `-` is the standard input.
    /// Without one, the report of the last run.
    files: Vec<PathBuf>,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t)]
    format: View,
    /// The quantity that orders the sites, largest first.
    #[arg(long, value_enum, default_value_t)]
    sort: Sort,
    /// Sites shown, at most; 0 for all.
    #[arg(long, default_value_t = 20, value_name = "N")]
    limit: usize,
    /// Findings shown, at most.
    #[arg(long, default_value_t = 3, value_name = "N")]
    findings: usize,
    /// The file to write; without it the standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum View {
    /// The table of sites and the findings.
    #[default]
    Text,
    /// The site tree.
    Tree,
    /// The findings alone, all of them.
    Findings,
    /// One line of JSON.
    Json,
    /// One line a site or call path.
    Csv,
    /// One page for a browser.
    Html,
}

/// How to see what a table leaves out.
const MORE: &str = "--limit shows more";

/// What sites are ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Sort {
    /// Bytes allocated, inner sites included.
    #[default]
    Bytes,
    /// Bytes allocated by the site itself.
    #[value(name = "self")]
    Own,
    /// Blocks allocated, inner sites included.
    Allocs,
    /// Most bytes a call held at once.
    Peak,
    /// Bytes not freed when the call ended.
    Retained,
    /// Bytes allocated and freed again in a call.
    Churn,
    /// Calls.
    Calls,
    /// Time of all calls.
    Time,
    /// Name.
    Name,
}

impl Sort {
    fn of(self) -> SortBy {
        match self {
            Self::Bytes => SortBy::Bytes,
            Self::Own => SortBy::SelfBytes,
            Self::Allocs => SortBy::Allocs,
            Self::Peak => SortBy::Peak,
            Self::Retained => SortBy::Retained,
            Self::Churn => SortBy::Churn,
            Self::Calls => SortBy::Calls,
            Self::Time => SortBy::Time,
            Self::Name => SortBy::Name,
        }
    }
}

/// Writes what the files hold, one below the other.
pub(crate) fn execute(args: &Args, console: Console) -> Result<Exit, Error> {
    let files = reports(&args.files)?;
    let look = match args.output {
        Some(_) => Look { color: false, ..Look::of_stdout(false) },
        None => Look::of_stdout(console.colors_stdout()),
    };
    if args.format == View::Html {
        let page = export::page(&files)?;
        output::write(args.output.as_deref(), page.as_bytes(), console)?;
        return Ok(Exit::Success);
    }
    let mut out = String::new();
    for (index, file) in files.iter().enumerate() {
        let input = Input::read(file)?;
        if files.len() > 1 && matches!(args.format, View::Text | View::Tree | View::Findings) {
            let gap = if index > 0 { "\n" } else { "" };
            let _ = writeln!(out, "{gap}{}", look.paint(Tone::Strong, file.display()));
        }
        out.push_str(&show(&input, args, look)?);
        if !out.ends_with('\n') {
            out.push('\n');
        }
        // PERF: the process ends soon, and the blocks of 10,000 sites are a twentieth of its work.
        std::mem::forget(input);
    }
    output::write(args.output.as_deref(), out.as_bytes(), console)?;
    Ok(Exit::Success)
}

fn show(input: &Input, args: &Args, look: Look) -> Result<String, Error> {
    let limit = if args.limit == 0 { usize::MAX } else { args.limit };
    Ok(match (args.format, input) {
        (View::Text, Input::Report(report)) => site_table(report, args, limit, look),
        (View::Text, Input::Heap(heap)) => {
            heap.table().limit(limit).width(look.width).more(MORE).to_string()
        }
        (View::Text, Input::Concurrency(tasks)) => tasks.to_string(),
        (View::Text | View::Findings, Input::Findings(findings)) => all(findings, look),
        (View::Findings, Input::Report(report)) => all(&report.findings(), look),
        (View::Findings, Input::Concurrency(tasks)) => all(&tasks.findings(), look),
        (View::Tree, Input::Report(report)) => report.tree_text().to_string(),
        (View::Json, input) => String::from_utf8_lossy(&export::bytes(input, Form::Json)?).into(),
        (View::Csv, input) => String::from_utf8_lossy(&export::bytes(input, Form::Csv)?).into(),
        (view, input) => return Err(export::mismatch(&name(view), input)),
    })
}

fn name(view: View) -> String {
    view.to_possible_value().map_or(String::new(), |value| value.get_name().to_owned())
}

fn site_table(report: &Report, args: &Args, limit: usize, look: Look) -> String {
    let table = report.table().sort_by(args.sort.of()).limit(limit).width(look.width);
    let mut out = table.more(MORE).to_string();
    out.push('\n');
    if args.findings > 0 && report.status() == memopt_report::Status::Counting {
        let findings = report.findings();
        let shown = findings.table().limit(args.findings).color(look.color).width(look.width);
        let _ = write!(out, "\n{shown}");
        if findings.len() > args.findings {
            let _ = write!(out, "; `--findings N` shows more");
        }
        out.push('\n');
    }
    out
}

fn all(findings: &Findings, look: Look) -> String {
    findings.table().color(look.color).width(look.width).to_string()
}
