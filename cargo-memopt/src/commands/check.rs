//! `cargo memopt check`: the gate for CI.

use crate::console::Console;
use crate::error::Error;
use crate::exit::Exit;
use crate::gate::baseline::{Baselines, is_path};
use crate::gate::judge::{Case, judge};
use crate::gate::policy::{Limit, Limits, Policy, parse_share};
use crate::input;
use crate::message::Format;
use crate::output;
use crate::paint::Look;
use crate::sources::last;
use memopt_report::Report;
use memopt_units::did_you_mean;
use std::path::{Path, PathBuf};

/// Judge a report by limits and a baseline, and fail if it breaks them.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  cargo memopt check --save-baseline main       keep the last run as `main`
  cargo memopt check --baseline main            no site may allocate more than in `main`
  cargo memopt check run.json --policy ci --message-format github

Limits are in the table `gate` of memopt.toml. Counts are compared exactly, times never.

Exit codes: 0 all limits hold, 1 usage, 2 a limit is broken, 3 the program failed, 4 the baseline
is missing, 70 a bug in memopt.")]
pub(crate) struct Args {
    /// The report; without it, that of the last run.
    file: Option<PathBuf>,
    /// The report to compare with: a name, or a file.
    #[arg(long, value_name = "NAME|FILE")]
    baseline: Option<String>,
    /// Keep the report under this name, and judge nothing.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["baseline", "policy", "growth"])]
    save_baseline: Option<String>,
    /// The folder of named baselines.
    #[arg(long, value_name = "FOLDER")]
    baselines: Option<PathBuf>,
    /// The file of limits; without it, memopt.toml of this folder or of one above.
    #[arg(long, value_name = "FILE")]
    limits: Option<PathBuf>,
    /// The profile of limits to judge by.
    #[arg(long, value_name = "NAME")]
    policy: Option<String>,
    /// The growth over the baseline that is allowed where memopt.toml sets none.
    #[arg(long, value_name = "SHARE", value_parser = millionths, default_value = "0 %")]
    growth: u64,
    /// The form of the verdict.
    #[arg(long, value_enum, default_value_t)]
    message_format: Format,
    /// The file to write; without it the standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

fn millionths(text: &str) -> Result<u64, String> {
    parse_share(text).ok_or_else(|| "a share is written such as `5 %`".to_owned())
}

/// Judges the report.
pub(crate) fn execute(args: &Args, console: Console) -> Result<Exit, Error> {
    let policy = Policy::load(args.limits.as_deref())?;
    let file = args.file.clone().map_or_else(last, Ok)?;
    let report = counting(&file, input::report(&file)?)?;
    if let Some(name) = &args.save_baseline {
        let baselines = Baselines::find(args.baselines.as_deref(), &policy)?;
        let path = baselines.save(name, &report)?;
        console.status("Saved", format_args!("baseline `{name}` in {}", path.display()));
        return Ok(Exit::Success);
    }
    let (name, profile) = profile(args, &policy)?;
    let baseline = match args.baseline.as_ref().or(policy.baseline.as_ref()) {
        None => None,
        Some(named) => {
            let older = if is_path(named) {
                let path = Path::new(named);
                if named != "-" && !path.is_file() {
                    return Err(Error::new(
                        Exit::BaselineMissing,
                        format_args!("there is no baseline `{named}`"),
                        "write one with `cargo memopt export -o FILE`, or name one that is kept",
                    ));
                }
                counting(path, input::report(path)?)?
            } else {
                Baselines::find(args.baselines.as_deref(), &policy)?.load(named)?
            };
            Some((named.clone(), older))
        }
    };
    let growth = Limits::all(Limit::AtMost(args.growth));
    let older = baseline.as_ref().map(|(_, report)| report);
    let mut verdict = judge(Case { report: &report, baseline: older, profile: &profile, growth });
    if verdict.judged == 0 {
        return Err(Error::usage(
            "there is nothing to judge by",
            "give --baseline, or write limits into the table `gate` of memopt.toml",
        ));
    }
    verdict.report = file.display().to_string();
    verdict.profile = name;
    verdict.baseline = baseline.map(|(name, _)| name);
    let look = match args.output {
        Some(_) => Look { color: false, ..Look::of_stdout(false) },
        None => Look::of_stdout(console.colors_stdout()),
    };
    let text = args.message_format.write(&verdict, look);
    output::write(args.output.as_deref(), text.as_bytes(), console)?;
    Ok(if verdict.is_passed() { Exit::Success } else { Exit::Findings })
}

fn profile(args: &Args, policy: &Policy) -> Result<(String, crate::gate::policy::Profile), Error> {
    let name = args.policy.as_deref().or(policy.profile.as_deref()).unwrap_or(Policy::DEFAULT);
    if let Some(profile) = policy.resolve(name) {
        return Ok((name.to_owned(), profile));
    }
    let near = did_you_mean(name, policy.profiles.keys().map(String::as_str));
    let file = policy.file.as_deref().unwrap_or("memopt.toml".as_ref());
    let next = match near.as_str() {
        "" => format!("write one: `[gate.profiles.{name}]`"),
        near => near.trim_start_matches("; ").to_owned(),
    };
    Err(Error::usage(format_args!("`{}` has no profile `{name}`", file.display()), next))
}

/// A report that counts nothing would pass every limit.
fn counting(path: &Path, report: Report) -> Result<Report, Error> {
    let Some(notice) = report.status().notice() else { return Ok(report) };
    let mut lines = notice.lines();
    let what = lines.next().unwrap_or_default();
    let next = lines.next().unwrap_or_default().trim_start_matches("help: ");
    Err(Error::usage(format_args!("`{}`: {what}", path.display()), next))
}
