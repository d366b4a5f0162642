//! `cargo memopt diff`: what changed between two runs.

use crate::compare::{Comparison, DiffText, Figure};
use crate::console::Console;
use crate::error::Error;
use crate::exit::Exit;
use crate::gate::baseline::{Baselines, is_path};
use crate::gate::policy::Policy;
use crate::input;
use crate::output;
use crate::paint::Look;
use crate::sources::last;
use clap::ValueEnum;
use memopt_report::Report;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Compare two runs, the largest changes first.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  cargo memopt diff before.json after.json
  cargo memopt diff main                        the baseline `main` and the last run
  cargo memopt diff before.json after.json --noise before2.json --noise before3.json

Sites are ordered by the share of the run's bytes, blocks or reallocations that their own code
changed. Figures are per call, so runs of different length can be compared.")]
pub(crate) struct Args {
    /// The older run: a file, or the name of a baseline.
    before: String,
    /// The newer run; without it the report of the last run.
    after: Option<PathBuf>,
    /// One more run of the older version. Differences within the span of its runs are noise.
    #[arg(long, value_name = "FILE")]
    noise: Vec<PathBuf>,
    /// Leave out figures that changed by less than this share, such as `1 %`.
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "0 %")]
    at_least: f64,
    /// Sites shown, at most; 0 for all.
    #[arg(long, default_value_t = 20, value_name = "N")]
    limit: usize,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t)]
    format: View,
    /// The file to write; without it the standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum View {
    /// A table.
    #[default]
    Text,
    /// One object: every site of either run.
    Json,
    /// One line a site and quantity.
    Csv,
    /// One page for a browser.
    Html,
}

/// The share of a text such as `5 %`.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    crate::gate::policy::parse_share(text)
        .map(|millionths| millionths as f64 / 1e6)
        .ok_or_else(|| "a share is written such as `5 %`".to_owned())
}

/// Writes what changed.
pub(crate) fn execute(args: &Args, console: Console) -> Result<Exit, Error> {
    let before = if is_path(&args.before) || Path::new(&args.before).is_file() {
        input::report(Path::new(&args.before))?
    } else {
        Baselines::find(None, &Policy::load(None)?)?.load(&args.before)?
    };
    let path = args.after.clone().map_or_else(last, Ok)?;
    let after = input::report(&path)?;
    let more: Vec<Report> =
        args.noise.iter().map(|path| input::report(path)).collect::<Result<_, _>>()?;
    let look = match args.output {
        Some(_) => Look { color: false, ..Look::of_stdout(false) },
        None => Look::of_stdout(console.colors_stdout()),
    };
    let comparison = Comparison::of(&before, &after, &more);
    let text = match args.format {
        View::Text => {
            let limit = if args.limit == 0 { usize::MAX } else { args.limit };
            let text = DiffText { comparison: &comparison, limit, least: args.at_least, look };
            text.to_string()
        }
        View::Json => json_text(&comparison),
        View::Csv => csv_text(&comparison),
        View::Html => {
            let name = path.display().to_string();
            crate::page::html(Some((&args.before, &before)), (&name, &after))
        }
    };
    output::write(args.output.as_deref(), text.as_bytes(), console)?;
    Ok(Exit::Success)
}

fn json_text(comparison: &Comparison<'_>) -> String {
    let figures = |figures: &[Figure]| -> Value {
        let all = figures.iter().map(|figure| {
            let value = json!({
                "before": figure.before.value(),
                "after": figure.after.value(),
                "judgement": figure.judgement.word(),
            });
            (figure.quantity.key().to_owned(), value)
        });
        Value::Object(all.collect())
    };
    let sites: Vec<Value> = comparison
        .sites
        .iter()
        .map(|change| {
            let site = change.site();
            json!({
                "site": site.name,
                "file": site.file,
                "line": site.line,
                "in": match (change.before, change.after) {
                    (Some(_), Some(_)) => "both",
                    (None, _) => "after",
                    _ => "before",
                },
                "calls": {
                    "before": change.before.map(|site| site.calls),
                    "after": change.after.map(|site| site.calls),
                },
                "per_call": figures(&change.figures),
            })
        })
        .collect();
    let value = json!({
        "format": "memopt-diff",
        "version": 1,
        "runs_before": comparison.runs,
        "total": figures(&comparison.total),
        "sites": sites,
    });
    format!("{value:#}\n")
}

fn csv_text(comparison: &Comparison<'_>) -> String {
    let mut out = String::from("site,file,line,quantity,before,after,judgement\n");
    for change in &comparison.sites {
        let site = change.site();
        for figure in &change.figures {
            let _ = writeln!(
                out,
                "{},{},{},{},{},{},{}",
                field(&site.name),
                field(&site.file),
                site.line,
                figure.quantity.key(),
                figure.before.value(),
                figure.after.value(),
                figure.judgement.word()
            );
        }
    }
    out
}

/// A field that spreadsheets read as text and not as a formula.
fn field(text: &str) -> String {
    let text = memopt_report::label::clean(text);
    let guard = if text.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}
