//! The shape of the project: one row for each thing counted, with its limit.

mod crates;
mod names;
mod text;

use crate::Result;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Packages that the facade may bring with `default-features = false`.
const CRATES_OFF: usize = 14;
/// Packages that the facade may bring with its default features.
const CRATES_DEFAULT: usize = 32;
/// Packages that `cargo install` compiles for the command.
const CRATES_COMMAND: usize = 160;
/// Names at the root of the facade.
const ROOT_NAMES: usize = 24;
/// Lines of the front page.
const README_LINES: usize = 120;

/// Notes printed for one limit that is missed.
const NOTES: usize = 60;

/// One thing counted.
#[derive(Debug)]
struct Row {
    what: String,
    now: String,
    limit: String,
    held: bool,
    /// What a reader needs to mend it.
    notes: Vec<String>,
}

impl Row {
    fn info(what: impl Into<String>, now: impl Into<String>) -> Self {
        let (what, now) = (what.into(), now.into());
        Self { what, now, limit: String::new(), held: true, notes: Vec::new() }
    }

    fn at_most(what: impl Into<String>, now: usize, limit: usize) -> Self {
        Self {
            limit: format!("<= {limit}"),
            held: now <= limit,
            ..Self::info(what, now.to_string())
        }
    }

    fn wanted(what: impl Into<String>, now: &str, limit: &str) -> Self {
        Self { limit: limit.to_owned(), held: now == limit, ..Self::info(what, now) }
    }

    /// Adds notes, which are printed where the limit is missed.
    fn with(self, notes: Vec<String>) -> Self {
        Self { notes, ..self }
    }
}

/// What is run beside the counting.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Runs {
    /// The tests of the layers and of the report's schema.
    pub(crate) tests: bool,
    /// The builds that are timed, for minutes.
    pub(crate) build_times: bool,
}

/// Measures all, prints the table and tells whether every limit is held.
pub(crate) fn print(runs: Runs) -> Result<bool> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("no folder above `xtask`")?;
    let mut rows = crates::rows(root, [CRATES_OFF, CRATES_DEFAULT, CRATES_COMMAND])?;
    rows.push(names::row(root, ROOT_NAMES)?);
    rows.extend(text::rows(root, README_LINES)?);
    rows.push(test(root, runs.tests, "memopt-tests", "layers", &[])?);
    rows.push(test(root, runs.tests, "memopt-report", "schema", &["--features", "schema"])?);
    rows.push(build_times(root, runs.build_times)?);
    print!("{}", table(&rows));
    Ok(rows.iter().all(|row| row.held))
}

/// Runs the tests of one file of a package, if they are to be run.
fn test(root: &Path, run: bool, package: &str, name: &str, features: &[&str]) -> Result<Row> {
    let folder = if package == "memopt-tests" { "tests" } else { package };
    let tests = root.join(folder).join("tests");
    let what = format!("test `{name}` of {package}");
    if !tests.join(name).join("main.rs").exists() && !tests.join(format!("{name}.rs")).exists() {
        return Ok(Row::wanted(what, "missing", "passes"));
    }
    if !run {
        return Ok(Row::info(what, "not run"));
    }
    // With the features of all packages it is built already, where all tests are run.
    let of = if features.is_empty() { vec!["--workspace"] } else { vec!["--package", package] };
    let arguments = [&["test", "--quiet", "--test", name], &of[..], features].concat();
    let output = cargo(root).args(arguments).output()?;
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    let now = if output.status.success() { "passes" } else { "fails" };
    Ok(Row::wanted(what, now, "passes").with(said.lines().map(str::to_owned).collect()))
}

/// The time to build memopt with its defaults, in that of hotpath. The peers are in the workspace
/// of the benches. One pair of builds may meet a busy moment: three decide then.
fn build_times(root: &Path, run: bool) -> Result<Row> {
    let what = "build time, in that of hotpath";
    if !run {
        return Ok(Row::info(what, "not run"));
    }
    let mut row = timed(root, what, "1")?;
    if !row.held {
        row = timed(root, what, "3")?;
    }
    Ok(row)
}

fn timed(root: &Path, what: &str, rounds: &str) -> Result<Row> {
    let arguments = ["run", "--quiet", "--release", "--manifest-path", "benches/Cargo.toml"];
    let program = ["--bin", "build_times", "--", rounds];
    let output = cargo(root).args(arguments).args(program).output()?;
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    let ratio = said.lines().find(|line| line.starts_with("memopt "));
    let is_number = |word: &&str| word.parse::<f64>().is_ok();
    let ratio = ratio.and_then(|line| line.split_whitespace().rev().find(is_number));
    let ratio = ratio.unwrap_or("fails");
    let held = output.status.success();
    let row = Row { limit: "<= 1.0".to_owned(), held, ..Row::info(what, ratio) };
    Ok(row.with(said.lines().map(str::to_owned).collect()))
}

/// The cargo that runs this program, in the project's folder.
fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root);
    cargo
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// The project's own files with one of the endings, without what is built.
fn files(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                if name != "target"
                    && (!name.starts_with('.') || name == ".ci" || name == ".github")
                {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn table(rows: &[Row]) -> String {
    let width = |of: fn(&Row) -> &str| rows.iter().map(|row| of(row).len()).max().unwrap_or(0);
    let (what, now) = (width(|row| &row.what), width(|row| &row.now));
    let mut text = String::new();
    for row in rows {
        let missed = if row.held { "" } else { "   MISSED" };
        let line = format!("{:what$}  {:>now$}  {}{missed}", row.what, row.now, row.limit);
        _ = writeln!(text, "{}", line.trim_end());
    }
    for row in rows.iter().filter(|row| !row.held && !row.notes.is_empty()) {
        _ = writeln!(text, "\n{}:", row.what);
        for note in row.notes.iter().take(NOTES) {
            _ = writeln!(text, "  {note}");
        }
        if let Some(more) = row.notes.len().checked_sub(NOTES).filter(|more| *more > 0) {
            _ = writeln!(text, "  and {more} more");
        }
    }
    text
}
