//! `cargo memopt fix`: makes the edits of findings, proves each, and keeps what is proven.

mod bench;
mod files;
mod told;
mod turns;

use self::bench::Bench;
use self::told::Measured;
use crate::console::Console;
use crate::error::Error;
use crate::exit::Exit;
use crate::folder::{Folder, metadata};
use crate::lock;
use crate::output;
use crate::proof::edits::{Proposal, proposals};
use crate::proof::package;
use crate::proof::trial::Decision;
use crate::selection::Selection;
use crate::session::{Options, PROGRAMS, Session, Task, signals};
use memopt_report::Report;
use std::ffi::OsString;
use std::fs::{self, TryLockError};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

/// Make the edits that findings propose, prove each, and keep what is proven.
///
/// The program is measured. Each edit is built and tested in a copy of the workspace, and runs in
/// turn with the unchanged program. It is kept if the program prints the same, allocates less or is
/// faster, and takes no more of anything. The kept edits are one patch; --write applies it.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  cargo memopt fix --release -- --input big.txt
  cargo memopt fix --write --bin till -- receipts.csv")]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Args {
    /// Change the files. Without it the patch is written and nothing is changed.
    #[arg(long, conflicts_with = "dry_run")]
    write: bool,
    /// Write the patch only, which is the default.
    #[arg(long)]
    dry_run: bool,
    /// Run no tests.
    #[arg(long)]
    no_tests: bool,
    /// Do not compare what the program prints, which may be another each time. Its exit code is.
    #[arg(long)]
    any_output: bool,
    /// Count no instructions. They are counted where there is a valgrind.
    #[arg(long)]
    no_instructions: bool,
    /// A crate that edits may make a package depend on.
    #[arg(long, value_name = "CRATE", value_parser = ["smallvec"])]
    allow_dependency: Vec<String>,
    /// Edits tried, at most.
    #[arg(long, value_name = "N", default_value_t = 12)]
    edits: usize,
    /// Turns: runs of the program without and with the edit.
    #[arg(long, value_name = "N", default_value_t = 3,
          value_parser = clap::value_parser!(u32).range(1..))]
    turns: u32,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    selection: Selection,
    /// The program's own arguments.
    #[arg(last = true, value_name = "ARGS")]
    rest: Vec<OsString>,
}

/// An edit and what came of it.
struct Tried {
    proposal: Proposal,
    decision: Decision,
    measured: Option<Measured>,
}

/// Measures, edits, proves, keeps.
pub(crate) fn execute(args: &Args, console: Console) -> Result<Exit, Error> {
    let workspace = metadata(args.selection.manifest())?;
    let root = workspace.workspace_root.as_std_path();
    let target = args.selection.target_dir().unwrap_or(workspace.target_directory.as_std_path());
    let target =
        std::path::absolute(target).map_err(|error| Error::file("find", target, &error))?;
    let folder = Folder::of_target(&target)?;
    let session = Session {
        task: Task::Run,
        options: &args.options,
        selection: &args.selection,
        args: &args.rest,
        console,
        programs: PROGRAMS,
    };
    let finished = session.run_without_input();
    signals::check()?;
    let Some(finished) = finished? else { return Ok(Exit::ProgramFailed) };
    let Some(report) = finished.reports.first() else {
        let next = "it must end by an exit, not by a signal or `abort`";
        return Err(Error::new(Exit::ProgramFailed, "the program wrote no report", next));
    };
    let text = fs::read_to_string(report).map_err(|error| Error::file("read", report, &error))?;
    let report = Report::from_json(&text)
        .map_err(|error| Error::internal(format_args!("its report: {error}")))?;
    let (all, texts) =
        proposals(&report, root, |file| package::of(&workspace, file, &args.allow_dependency));
    if all.is_empty() {
        console.status("Finished", "no finding comes with an edit: nothing to prove");
        return Ok(Exit::Success);
    }
    let own = folder.sub("fix")?.join("lock");
    let lock = fs::File::create(&own).map_err(|error| Error::file("create", &own, &error))?;
    // Another `fix` would change the copy under this one.
    wait_for(&lock, &own, console)?;
    let (exit, wall) = (finished.exit, finished.wall);
    let bench = Bench { args, console, folder: &folder, root, target: &target, texts, exit, wall };
    let proven = bench.prove(all);
    // What was interrupted failed by that, whatever it says.
    signals::check()?;
    let tried = proven?;
    // What took minutes is written before anything is printed.
    let kept = bench.keep(&kept(&tried));
    output::write(None, told::table(&tried, root, args).as_bytes(), console)?;
    for (word, rest) in kept? {
        console.status(word, rest);
    }
    Ok(Exit::Success)
}

/// Takes the lock, and can be interrupted while another command has it.
fn wait_for(lock: &fs::File, path: &Path, console: Console) -> Result<(), Error> {
    let mut is_told = false;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) if lock::is_for_lack_of_locks(&error) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(Error::file("lock", path, &error)),
            Err(TryLockError::WouldBlock) => {}
        }
        if !is_told {
            console.status("Waiting", "another `cargo memopt fix` is at work in this workspace");
            is_told = true;
        }
        signals::check()?;
        sleep(Duration::from_millis(100));
    }
}

/// File and line of an edit, for people.
fn place(proposal: &Proposal, root: &Path) -> String {
    let file = proposal.file.strip_prefix(root).unwrap_or(&proposal.file);
    format!("{}:{}", file.display(), proposal.line)
}

/// The edits that were proven.
fn kept(tried: &[Tried]) -> Vec<&Proposal> {
    let kept = tried.iter().filter(|one| one.decision == Decision::Kept);
    kept.map(|one| &one.proposal).collect()
}
