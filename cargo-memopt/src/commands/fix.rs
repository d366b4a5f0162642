//! `cargo memopt fix`: makes the edits of findings, proves each, and keeps what is proven.

use crate::console::Console;
use crate::error::Error;
use crate::exit::Exit;
use crate::folder::{Folder, metadata};
use crate::instrument::settings::replace;
use crate::progress::Progress;
use crate::proof::edits::{Proposal, apply_all, proposals};
use crate::proof::patch;
use crate::proof::tree::Tree;
use crate::proof::trial::{Decision, Run, judge};
use crate::quantity::Quantity;
use crate::selection::Selection;
use crate::session::{Options, Session, Task};
use memopt_report::Report;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Make the edits that findings propose, prove each, and keep what is proven.
///
/// The program is measured. Each edit is made in a copy of the workspace, built, tested, and run by
/// turns with the program as it was. It is kept if the program prints the same, allocates less and
/// takes no more of anything. What is kept is one patch; --write applies it.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  cargo memopt fix --release -- --input big.txt
  cargo memopt fix --write --bin till -- receipts.csv")]
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
    /// Edits tried, at most.
    #[arg(long, value_name = "N", default_value_t = 12)]
    edits: usize,
    /// Turns: runs of the program as it was and with the edit.
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

/// What is told of an edit that does not build.
const NO_BUILD: &str = "it does not compile";

/// Turns more, times those asked for, where it is doubtful whether an edit costs time or memory.
const DOUBT: u32 = 2;

fn is_doubtful(decision: &Decision) -> bool {
    matches!(decision, Decision::Doubtful(_))
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
    };
    let Some(finished) = session.run()? else { return Ok(Exit::ProgramFailed) };
    let Some(report) = finished.reports.first() else {
        let next = "it must end by an exit, not by a signal or `abort`";
        return Err(Error::new(Exit::ProgramFailed, "the program wrote no report", next));
    };
    let text = fs::read_to_string(report).map_err(|error| Error::file("read", report, &error))?;
    let report = Report::from_json(&text)
        .map_err(|error| Error::internal(format_args!("its report: {error}")))?;
    let all = proposals(&report, root, |file| depends_on_memopt(&workspace, file));
    let bench = Bench { args, console, folder: &folder, root, target: &target };
    if all.is_empty() {
        console.status("Finished", "no finding comes with an edit: nothing to prove");
        return Ok(Exit::Success);
    }
    let own = folder.sub("fix")?.join("lock");
    let lock = fs::File::create(&own).map_err(|error| Error::file("create", &own, &error))?;
    // Another `fix` would change the copy under this one.
    lock.lock().map_err(|error| Error::file("lock", &own, &error))?;
    let tried = bench.prove(all)?;
    bench.tell(&tried);
    bench.keep(&kept(&tried))?;
    Ok(Exit::Success)
}

struct Bench<'a> {
    args: &'a Args,
    console: Console,
    folder: &'a Folder,
    root: &'a Path,
    target: &'a Path,
}

impl Bench<'_> {
    fn prove(&self, all: Vec<Proposal>) -> Result<Vec<Tried>, Error> {
        let own = self.folder.sub("fix")?;
        let tree = Tree::make(self.root, &own.join("tree"))?;
        let manifest = self.args.selection.manifest().map(std::path::absolute);
        let manifest = match manifest {
            Some(Ok(path)) => tree.in_copy(&path).unwrap_or(path),
            _ => manifest_here(&tree),
        };
        let selection = self.args.selection.elsewhere(&manifest, self.target);
        let options = Options::allocator_alone();
        let session = Session {
            task: Task::Run,
            options: &options,
            selection: &selection,
            args: &[],
            console: self.console.quieter(),
        };
        let built = |to: &str| -> Result<Result<PathBuf, String>, Error> {
            let program = match session.program()? {
                Ok(program) => program,
                Err(told) => return Ok(Err(told)),
            };
            let copy = own.join(format!("{to}{}", std::env::consts::EXE_SUFFIX));
            // Cargo's own file stays as cargo made it.
            let _ = fs::remove_file(&copy);
            fs::copy(&program, &copy).map_err(|error| Error::file("copy", &program, &error))?;
            Ok(Ok(copy))
        };
        if !self.args.no_tests && !self.tests(&manifest)? {
            return Err(Error::new(
                Exit::ProgramFailed,
                "the tests fail before any edit",
                "mend them, or prove by runs alone with --no-tests",
            ));
        }
        let mut before = built("before")?.map_err(|told| {
            Error::new(
                Exit::ProgramFailed,
                format_args!("the copy does not build:\n{}", told.trim_end()),
                "check that it needs no file outside of the workspace by a relative path",
            )
        })?;
        let mut tried: Vec<Tried> = Vec::new();
        let mut built_edits = 0;
        let progress = Progress::start(self.console);
        for proposal in all {
            let mut kept: Vec<&Proposal> = kept(&tried);
            // Another way to change the same place was proven.
            if kept.iter().any(|other| other.meets(&proposal)) {
                continue;
            }
            if let Some(decision) = self.refused(&proposal) {
                tried.push(Tried { proposal, decision, measured: None });
                continue;
            }
            if built_edits == self.args.edits {
                let left = "not tried: --edits says how many are";
                let decision = Decision::Reverted(left.to_owned());
                tried.push(Tried { proposal, decision, measured: None });
                continue;
            }
            built_edits += 1;
            let place = self.place(&proposal);
            progress.aside(|| {
                self.console.status(
                    "Proving",
                    format_args!("{} of `{}` at {place}", proposal.rule.name(), proposal.site),
                );
            });
            progress.tell(format!("edit {built_edits}: build"));
            kept.push(&proposal);
            tree.write(&proposal.file, &apply_all(&proposal.file, &kept)?)?;
            let after = built("after")?;
            let (mut decision, measured) = match &after {
                Err(_) => (Decision::Reverted(NO_BUILD.to_owned()), None),
                Ok(after) => {
                    progress.tell(format!("edit {built_edits}: turns"));
                    self.turns(&before, after, &own, proposal.peak > 0)?
                }
            };
            progress.tell(format!("edit {built_edits}: tests"));
            if decision == Decision::Kept && !self.args.no_tests && !self.tests(&manifest)? {
                decision = Decision::Reverted("a test fails with it".to_owned());
            }
            if let (Decision::Kept, Ok(after)) = (&decision, after) {
                let proven = before.with_file_name("proven");
                fs::rename(&after, &proven).map_err(|error| Error::file("move", &after, &error))?;
                before = proven;
            } else {
                kept.pop();
                tree.write(&proposal.file, &apply_all(&proposal.file, &kept)?)?;
            }
            tried.push(Tried { proposal, decision, measured });
        }
        let proven: Vec<Proposal> = kept(&tried).into_iter().cloned().collect();
        // A way to write it that did not compile is no news where another one did.
        tried.retain(|one| {
            one.decision == Decision::Kept || !proven.iter().any(|kept| kept.meets(&one.proposal))
        });
        Ok(tried)
    }

    /// Why an edit is not even tried.
    fn refused(&self, proposal: &Proposal) -> Option<Decision> {
        let why = if proposal.lacks_memopt {
            "its package does not depend on memopt; `cargo memopt init` adds it"
        } else if self.args.write && is_dirty(self.root, &proposal.file) {
            "its file has changes that are not committed; commit or stash them"
        } else {
            return None;
        };
        Some(Decision::Reverted(why.to_owned()))
    }

    /// File and line of an edit, for people.
    fn place(&self, proposal: &Proposal) -> String {
        let file = proposal.file.strip_prefix(self.root).unwrap_or(&proposal.file);
        format!("{}:{}", file.display(), proposal.line)
    }

    /// Whether the user's tests pass in the copy, compiled as they are.
    fn tests(&self, manifest: &Path) -> Result<bool, Error> {
        let mut command = Command::new(crate::linked::cargo());
        // An edit of one package may break another.
        command.args(["test", "--quiet", "--workspace", "--manifest-path"]).arg(manifest);
        command.args(self.args.selection.test_args());
        command.arg("--target-dir").arg(self.folder.path().join("fix/target"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let status = command.status().map_err(|error| {
            let what = format_args!("cannot run cargo: {error}").to_string();
            Error::usage(what, "install it with rustup")
        })?;
        Ok(status.success())
    }

    /// Runs both by turns, and who is first takes turns too.
    fn turns(
        &self,
        before: &Path,
        after: &Path,
        own: &Path,
        frees_memory: bool,
    ) -> Result<(Decision, Option<Measured>), Error> {
        let here = std::env::current_dir().unwrap_or_default();
        let run = |program: &Path, than: Option<&Run>| {
            Run::of(program, &self.args.rest, &here, &own.join("report.json"), than)
        };
        let mut pairs: Vec<(Run, Run)> = Vec::new();
        let mut turns = self.args.turns;
        let mut turn = 0;
        while turn < turns {
            let than = pairs.first().map(|(before, _)| before.clone());
            let (old, new) = if turn % 2 == 0 {
                let first = run(before, None)?;
                let second = run(after, Some(&first));
                (first, second)
            } else {
                let second = run(after, than.as_ref());
                (run(before, None)?, second)
            };
            let Ok(new) = new else {
                let why = "the program ends without a report with it".to_owned();
                return Ok((Decision::Reverted(why), None));
            };
            pairs.push((old, new));
            turn += 1;
            if turn == self.args.turns && is_doubtful(&judge(&pairs, frees_memory)) {
                turns += DOUBT * self.args.turns;
            }
        }
        let measured = pairs.last().map(|(before, after)| Measured::of(before, after));
        Ok((judge(&pairs, frees_memory), measured))
    }

    fn tell(&self, tried: &[Tried]) {
        let rows: Vec<[String; 5]> = tried.iter().map(|one| self.row(one)).collect();
        let head = ["rule", "line", "predicted", "measured", "decision"].map(str::to_owned);
        let width = |at: usize| {
            let all = rows.iter().chain([&head]).map(|row| row[at].chars().count());
            all.max().unwrap_or(0)
        };
        let [rule, line, predicted, measured] = [0, 1, 2, 3].map(width);
        for [a, b, c, d, e] in [&head].into_iter().chain(&rows) {
            println!("{a:<rule$}  {b:<line$}  {c:>predicted$}  {d:>measured$}  {e}");
        }
        let tests = if self.args.no_tests { "" } else { ", the tests pass" };
        println!(
            "kept: prints the same in {} turns{tests}, fewer blocks, bytes, reallocations or \
             CPU time, and no more CPU time or memory in every turn",
            self.args.turns
        );
    }

    fn row(&self, one: &Tried) -> [String; 5] {
        let Tried { proposal, decision, measured } = one;
        let (blocks, bytes) = (proposal.allocs, proposal.bytes.max(proposal.peak));
        let predicted =
            change(-i128::from(blocks), -i128::from(proposal.reallocs), -i128::from(bytes));
        let measured = measured.as_ref();
        let measured = measured.map_or_else(String::new, |m| change(m.blocks, m.reallocs, m.bytes));
        let decision = match decision {
            Decision::Kept => "kept",
            Decision::Reverted(why) | Decision::Doubtful(why) => why,
        };
        [
            proposal.rule.name().to_owned(),
            self.place(proposal),
            predicted,
            measured,
            decision.to_owned(),
        ]
    }

    /// Writes the patch, and the files if that was asked for.
    fn keep(&self, kept: &[&Proposal]) -> Result<(), Error> {
        if kept.is_empty() {
            self.console.status("Finished", "no edit was proven: nothing to keep");
            return Ok(());
        }
        let files: BTreeSet<&PathBuf> = kept.iter().map(|one| &one.file).collect();
        let mut text = String::new();
        let mut written = Vec::new();
        for file in files {
            let before =
                fs::read_to_string(file).map_err(|error| Error::file("read", file, &error))?;
            let own = kept.iter().filter(|one| one.file == *file);
            let splices: Vec<_> = own.flat_map(|one| &one.splices).collect();
            let name = file.strip_prefix(self.root).unwrap_or(file);
            text.push_str(&patch::of_file(name, &before, &splices));
            written.push((file, apply_all(file, kept)?));
        }
        let path = self.folder.path().join("fix.patch");
        replace(&path, text.as_bytes()).map_err(|error| Error::file("write", &path, &error))?;
        self.console.status("Wrote", path.display());
        if !self.args.write {
            let path = path.display();
            self.console.status("Finished", format_args!("`git apply {path}` applies it"));
            return Ok(());
        }
        // They were clean when the proof began.
        if let Some((file, _)) = written.iter().find(|(file, _)| is_dirty(self.root, file)) {
            return Err(Error::usage(
                format_args!("`{}` has changed while its edits were proven", file.display()),
                "commit or stash the changes and run it again; the patch is written",
            ));
        }
        let fresh = self.folder.sub("fix")?.join("fresh");
        for (file, text) in written {
            change_file(file, &text, &fresh).map_err(|error| Error::file("write", file, &error))?;
            self.console.status("Changed", file.display());
        }
        Ok(())
    }
}

/// What a run with the edit has more of than one without; negative where it has less.
struct Measured {
    blocks: i128,
    reallocs: i128,
    bytes: i128,
}

impl Measured {
    fn of(before: &Run, after: &Run) -> Self {
        let change = |old: u64, new: u64| i128::from(new) - i128::from(old);
        Self {
            blocks: change(before.allocs, after.allocs),
            reallocs: change(before.reallocs, after.reallocs),
            bytes: change(before.bytes, after.bytes),
        }
    }
}

/// `-2,000 blocks -16 KiB`; reallocations where no block is told.
fn change(blocks: i128, reallocs: i128, bytes: i128) -> String {
    let number = |n: i128| {
        let sign = if n < 0 { "-" } else { "+" };
        format!("{sign}{}", Quantity::Allocs.show(n.unsigned_abs() as f64))
    };
    let mut parts = Vec::new();
    if blocks != 0 || reallocs == 0 {
        parts.push(format!("{} blocks", number(blocks)));
    }
    if reallocs != 0 && blocks == 0 {
        parts.push(format!("{} reallocs", number(reallocs)));
    }
    if bytes != 0 {
        let sign = if bytes < 0 { "-" } else { "+" };
        parts.push(format!("{sign}{}", Quantity::Bytes.show(bytes.unsigned_abs() as f64)));
    }
    parts.join(" ")
}

/// The edits that were proven.
fn kept(tried: &[Tried]) -> Vec<&Proposal> {
    let kept = tried.iter().filter(|one| one.decision == Decision::Kept);
    kept.map(|one| &one.proposal).collect()
}

/// Whether the package that a file belongs to depends on memopt.
fn depends_on_memopt(workspace: &cargo_metadata::Metadata, file: &Path) -> bool {
    let folder = |package: &cargo_metadata::Package| {
        package.manifest_path.parent().map(|path| path.as_std_path().to_owned())
    };
    let own = workspace
        .packages
        .iter()
        .filter(|package| folder(package).is_some_and(|folder| file.starts_with(folder)));
    // Packages may lie in each other's folders.
    let own = own.max_by_key(|package| package.manifest_path.as_str().len());
    own.is_some_and(|package| {
        package.dependencies.iter().any(|needed| needed.name == "memopt" && !needed.optional)
    })
}

/// The manifest that cargo finds from the current folder, in the copy.
fn manifest_here(tree: &Tree) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let found = here.ancestors().map(|folder| folder.join("Cargo.toml"));
    let found = found.filter(|path| path.is_file()).find_map(|path| tree.in_copy(&path));
    found.unwrap_or_else(|| tree.path().join("Cargo.toml"))
}

/// Changes a file of the user, whole or not at all. Who may read it stays so, and a link goes on to
/// lead to it. The text is written to `fresh` first, so that nothing is left beside the file by a
/// command that is killed.
fn change_file(file: &Path, text: &str, fresh: &Path) -> std::io::Result<()> {
    let file = fs::canonicalize(file)?;
    let permissions = fs::metadata(&file)?.permissions();
    fs::write(fresh, text)?;
    fs::set_permissions(fresh, permissions)?;
    match fs::rename(fresh, &file) {
        // The target folder lies on another disk.
        Err(error) if error.kind() == std::io::ErrorKind::CrossesDevices => {
            let permissions = fs::metadata(&file)?.permissions();
            replace(&file, text.as_bytes())?;
            fs::set_permissions(&file, permissions)
        }
        done => done,
    }
}

/// Whether git knows the file with other content, or does not keep it. Without git there is nothing
/// to go back to, so it counts as changed.
fn is_dirty(root: &Path, file: &Path) -> bool {
    let mut git = Command::new("git");
    git.arg("-C").arg(root).args(["status", "--porcelain", "--ignored", "--"]).arg(file);
    git.output().map_or(true, |said| !said.status.success() || !said.stdout.is_empty())
}
