//! `cargo memopt fix`: makes the edits of findings, proves each, and keeps what is proven.

use crate::console::Console;
use crate::error::Error;
use crate::exit::Exit;
use crate::folder::{Folder, metadata};
use crate::instrument::settings::replace;
use crate::proof::edits::{Proposal, apply_all, proposals};
use crate::proof::patch;
use crate::proof::tree::Tree;
use crate::proof::trial::{Decision, Run, judge};
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
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
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
    /// Blocks and bytes of the program as it was and with the edit.
    measured: Option<[u64; 4]>,
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
    let mut all = proposals(&report, root, finished.has_memopt);
    all.truncate(args.edits);
    let bench = Bench { args, console, folder: &folder, root, target: &target };
    if all.is_empty() {
        console.status("Finished", "no finding comes with an edit: nothing to prove");
        return Ok(Exit::Success);
    }
    let own = folder.sub("fix")?.join("lock");
    let lock = fs::File::create(&own).map_err(|error| Error::file("create", &own, &error))?;
    // Another `fix` would change the copy under this one.
    lock.lock().map_err(|error| Error::file("lock", &own, &error))?;
    let tried = bench.prove(all, finished.has_memopt)?;
    bench.tell(&tried);
    let kept: Vec<&Proposal> = tried
        .iter()
        .filter(|one| one.decision == Decision::Kept)
        .map(|one| &one.proposal)
        .collect();
    bench.keep(&kept)?;
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
    fn prove(&self, all: Vec<Proposal>, has_memopt: bool) -> Result<Vec<Tried>, Error> {
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
        let built = |to: &str| -> Result<Option<PathBuf>, Error> {
            let Some(program) = session.program()? else { return Ok(None) };
            let copy = own.join(format!("{to}{}", std::env::consts::EXE_SUFFIX));
            fs::copy(&program, &copy).map_err(|error| Error::file("copy", &program, &error))?;
            Ok(Some(copy))
        };
        if !self.args.no_tests && !self.tests(&manifest)? {
            return Err(Error::new(
                Exit::ProgramFailed,
                "the tests fail before any edit",
                "mend them, or prove by runs alone with --no-tests",
            ));
        }
        let Some(mut before) = built("before-0")? else {
            return Err(Error::new(
                Exit::ProgramFailed,
                "the copy does not build",
                "check that it needs no file outside of the workspace by a relative path",
            ));
        };
        let mut tried: Vec<Tried> = Vec::new();
        for (at, proposal) in all.into_iter().enumerate() {
            let place = proposal.file.strip_prefix(self.root).unwrap_or(&proposal.file);
            let (name, line) = (place.display().to_string(), proposal.line);
            self.console.status(
                "Proving",
                format_args!("{} of `{}` at {name}:{line}", proposal.code, proposal.site),
            );
            if proposal.needs_memopt() && !has_memopt {
                let why = "its package does not depend on memopt; `cargo memopt init` adds it";
                let decision = Decision::Reverted(why.to_owned());
                tried.push(Tried { proposal, decision, measured: None });
                continue;
            }
            let kept: Vec<Proposal> = tried
                .iter()
                .filter(|one| one.decision == Decision::Kept)
                .map(|one| one.proposal.clone())
                .collect();
            let mut with: Vec<&Proposal> = kept.iter().collect();
            with.push(&proposal);
            tree.write(&proposal.file, &apply_all(&proposal.file, &with)?)?;
            let after = built(&format!("after-{at}"))?;
            let (decision, measured) = match &after {
                None => (Decision::Reverted("it does not compile".to_owned()), None),
                Some(_) if !self.args.no_tests && !self.tests(&manifest)? => {
                    (Decision::Reverted("a test fails with it".to_owned()), None)
                }
                Some(after) => self.turns(&before, after, &own)?,
            };
            if let (Decision::Kept, Some(after)) = (&decision, after) {
                before = after;
            } else {
                let kept: Vec<&Proposal> = kept.iter().collect();
                tree.write(&proposal.file, &apply_all(&proposal.file, &kept)?)?;
            }
            tried.push(Tried { proposal, decision, measured });
        }
        Ok(tried)
    }

    /// Whether the user's tests pass in the copy, compiled as they are.
    fn tests(&self, manifest: &Path) -> Result<bool, Error> {
        let mut command = Command::new(crate::linked::cargo());
        // An edit of one package may break another.
        command.args(["test", "--quiet", "--workspace", "--manifest-path"]).arg(manifest);
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
    ) -> Result<(Decision, Option<[u64; 4]>), Error> {
        let here = std::env::current_dir().unwrap_or_default();
        let run =
            |program: &Path| Run::of(program, &self.args.rest, &here, &own.join("report.json"));
        let mut pairs = Vec::new();
        for turn in 0..self.args.turns {
            let (old, new) = if turn % 2 == 0 {
                let first = run(before)?;
                (first, run(after))
            } else {
                let second = run(after);
                (run(before)?, second)
            };
            let Ok(new) = new else {
                let why = "the program ends without a report with it".to_owned();
                return Ok((Decision::Reverted(why), None));
            };
            pairs.push((old, new));
        }
        let figures = pairs
            .last()
            .map(|(before, after)| [before.allocs, after.allocs, before.bytes, after.bytes]);
        Ok((judge(&pairs), figures))
    }

    fn tell(&self, tried: &[Tried]) {
        println!("{:<10} {:<40} {:>22} {:>22}  decision", "rule", "line", "predicted", "measured");
        for one in tried {
            let Tried { proposal, decision, measured } = one;
            let place = proposal.file.strip_prefix(self.root).unwrap_or(&proposal.file);
            let place = format!("{}:{}", place.display(), proposal.line);
            let predicted = format!("-{} blocks -{} B", proposal.allocs, proposal.bytes);
            let measured = measured.map_or_else(String::new, |[allocs, less, bytes, fewer]| {
                let change = |old: u64, new: u64| i128::from(new) - i128::from(old);
                format!("{:+} blocks {:+} B", change(allocs, less), change(bytes, fewer))
            });
            let code = proposal.code.trim_start_matches("memopt::");
            let decision = match decision {
                Decision::Kept => "kept",
                Decision::Reverted(why) => why,
            };
            println!("{code:<10} {place:<40} {predicted:>22} {measured:>22}  {decision}");
        }
        println!(
            "kept: prints the same in {} turns, fewer blocks, bytes or reallocations, and no more \
             CPU time or memory in every turn",
            self.args.turns
        );
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
            let mut own: Vec<_> = kept.iter().filter(|one| one.file == *file).collect();
            own.sort_by_key(|one| one.line);
            let changes: Vec<_> =
                own.iter().map(|one| (one.line, one.after.lines().collect())).collect();
            let name = file.strip_prefix(self.root).unwrap_or(file);
            text.push_str(&patch::of_file(name, &before, &changes));
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
        if let Some((file, _)) = written.iter().find(|(file, _)| is_dirty(self.root, file)) {
            return Err(Error::usage(
                format_args!("`{}` has changes that are not committed", file.display()),
                "commit or stash them and run it again; the patch is written",
            ));
        }
        for (file, text) in written {
            change(file, &text).map_err(|error| Error::file("write", file, &error))?;
            self.console.status("Changed", file.display());
        }
        Ok(())
    }
}

/// The manifest that cargo finds from the current folder, in the copy.
fn manifest_here(tree: &Tree) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let found = here.ancestors().map(|folder| folder.join("Cargo.toml"));
    let found = found.filter(|path| path.is_file()).find_map(|path| tree.in_copy(&path));
    found.unwrap_or_else(|| tree.path().join("Cargo.toml"))
}

/// Changes a file of the user, whole or not at all. Who may read it stays so, and a link goes on to
/// lead to it.
fn change(file: &Path, text: &str) -> std::io::Result<()> {
    let file = fs::canonicalize(file)?;
    let permissions = fs::metadata(&file)?.permissions();
    replace(&file, text.as_bytes())?;
    fs::set_permissions(&file, permissions)
}

/// Whether git knows the file with other content, or does not keep it. Without git there is nothing
/// to go back to, so it counts as changed.
fn is_dirty(root: &Path, file: &Path) -> bool {
    let mut git = Command::new("git");
    git.arg("-C").arg(root).args(["status", "--porcelain", "--ignored", "--"]).arg(file);
    git.output().map_or(true, |said| !said.status.success() || !said.stdout.is_empty())
}
