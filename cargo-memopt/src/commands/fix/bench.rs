//! The bench that edits are proven on: a copy, two builds, runs by turns, and the user's tests.

use super::told::Measured;
use super::{Args, Tried, files, kept};
use crate::console::Console;
use crate::error::Error;
use crate::exit::Exit;
use crate::folder::Folder;
use crate::instrument::compile::was_killed;
use crate::instrument::settings::replace;
use crate::progress::Progress;
use crate::proof::edits::{Proposal, Texts, apply_all, below, of_file};
use crate::proof::instructions::{Counter, Steady};
use crate::proof::tree::Tree;
use crate::proof::trial::{Decision, Place};
use crate::proof::{group, patch};
use crate::session::program::Program;
use crate::session::{Options, Session, Task, signals};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What is told of an edit that does not build.
const NO_BUILD: &str = "it does not compile";
/// What is told where somebody else was at work.
const CHANGED: &str = "its file was changed in the meantime";

/// What tests may take with an edit beside ten times what they took before, which has a build in
/// it.
const TESTS_AT_LEAST: Duration = Duration::from_secs(60);

/// Variables by which tests write what they expect, or write it elsewhere than in the copy.
const TESTS_WRITE: [&str; 5] =
    ["INSTA_WORKSPACE_ROOT", "INSTA_FORCE_PASS", "UPDATE_EXPECT", "TRYBUILD", "SNAPSHOTS"];

/// What a proof needs.
pub(super) struct Bench<'a> {
    pub(super) args: &'a Args,
    pub(super) console: Console,
    pub(super) folder: &'a Folder,
    pub(super) root: &'a Path,
    pub(super) target: &'a Path,
    /// The files with edits, as they were when the edits were made.
    pub(super) texts: Texts,
    /// How the program that was measured ended.
    pub(super) exit: Exit,
    /// How long that took.
    pub(super) wall: Duration,
}

/// A program that was built, and where it was put.
struct Built {
    path: PathBuf,
    program: Program,
}

/// Where edits are tried.
pub(super) struct Lab<'a> {
    session: &'a Session<'a>,
    manifest: &'a Path,
    /// Tests that take longer have failed.
    tests_take: Duration,
    pub(super) place: Place<'a>,
    /// What counts instructions, where it is there.
    pub(super) counter: Option<Counter>,
    /// The instructions of the program with what was kept so far.
    pub(super) instructions: Cell<Option<Steady>>,
    /// That program.
    pub(super) before: PathBuf,
}

impl Bench<'_> {
    /// Makes the copy, builds it as it is, and tries the edits.
    pub(super) fn prove(&self, all: Vec<Proposal>) -> Result<Vec<Tried>, Error> {
        // An earlier one would be taken for that of this proof.
        let _ = fs::remove_file(self.patch());
        let own = self.folder.sub("fix")?;
        let tree = Tree::make(self.root, &own.join("tree"))?;
        let manifest = self.manifest(&tree)?;
        let selection = self.args.selection.elsewhere(&manifest, self.target);
        let options = Options::allocator_alone();
        let session = Session {
            task: Task::Run,
            options: &options,
            selection: &selection,
            args: &[],
            console: Console::captured(),
            programs: "fix/programs",
        };
        let began = Instant::now();
        if !self.args.no_tests && !self.tests(&manifest, None)? {
            return Err(Error::new(
                Exit::ProgramFailed,
                "the tests fail before any edit",
                "mend them, or prove by runs alone with --no-tests",
            ));
        }
        let before = self.built(&session, "before")?.map_err(|told| {
            Error::new(
                Exit::ProgramFailed,
                format_args!("the copy does not build:\n{}", told.trim_end()),
                "check that it needs no file outside of the workspace by a relative path",
            )
        })?;
        let here = std::env::current_dir().unwrap_or_default();
        let original = tree.in_original(before.program.manifest());
        let place = Place {
            args: &self.args.rest,
            folder: &here,
            environment: before.program.environment(&original),
            compares_output: !self.args.any_output,
            reports: own.join("reports"),
        };
        let tests_take = 10 * began.elapsed() + TESTS_AT_LEAST;
        let counter = if self.args.no_instructions { None } else { Counter::find() };
        let (manifest, before) = (&manifest, before.path);
        let instructions = Cell::new(None);
        let lab =
            Lab { session: &session, manifest, tests_take, place, counter, instructions, before };
        self.try_all(&lab, &tree, all)
    }

    /// Tries edits one after the other. Those that are kept stay for the next ones.
    fn try_all(&self, lab: &Lab<'_>, tree: &Tree, all: Vec<Proposal>) -> Result<Vec<Tried>, Error> {
        let mut tried: Vec<Tried> = Vec::new();
        let mut built_edits = 0;
        let progress = Progress::start(self.console);
        for proposal in all {
            let mut kept: Vec<&Proposal> = kept(&tried);
            // Another way to change the same place was proven.
            if kept.iter().any(|other| other.meets(&proposal)) {
                continue;
            }
            let without = self.applied(&proposal, &kept);
            kept.push(&proposal);
            let with = self.applied(&proposal, &kept);
            kept.pop();
            let refused = self.refused(&proposal, tree).or(match with {
                None => Some(CHANGED),
                Some(_) if built_edits == self.args.edits => {
                    Some("not tried: --edits says how many are")
                }
                Some(_) => None,
            });
            let (None, Some(with)) = (refused, with) else {
                let decision = Decision::Reverted(refused.unwrap_or(CHANGED).to_owned());
                tried.push(Tried { proposal, decision, measured: None });
                continue;
            };
            built_edits += 1;
            let at = super::place(&proposal, self.root);
            progress.aside(|| {
                self.console.status(
                    "Proving",
                    format_args!("{} of `{}` at {at}", proposal.rule.name(), proposal.site),
                );
            });
            for (file, text) in with {
                tree.write(&file, &text)?;
            }
            let tell = |what: &str| progress.tell(format!("edit {built_edits}: {what}"));
            let tried_now = self.try_edit(lab, &proposal, tell).or_else(|error| {
                signals::check()?;
                // One run that fails takes nothing from what is proven.
                let why = format!("it could not be judged: {error}");
                Ok::<_, Error>((Decision::Reverted(why), None, None))
            });
            let (decision, measured, after) = tried_now?;
            let is_kept = decision == Decision::Kept;
            if let (true, Some(after)) = (is_kept, after) {
                fs::rename(&after.path, &lab.before)
                    .map_err(|error| Error::file("move", &after.path, &error))?;
                let after = measured.as_ref().and_then(Measured::instructions_after);
                lab.instructions.set(after.map(Steady::Once));
            } else {
                for (file, text) in without.into_iter().flatten() {
                    tree.write(&file, &text)?;
                }
            }
            tried.push(Tried { proposal, decision, measured });
            if is_kept {
                self.write_patch(&super::kept(&tried))?;
            }
        }
        let proven: Vec<Proposal> = kept(&tried).into_iter().cloned().collect();
        // A way to write it that did not compile is no news where another one did.
        tried.retain(|one| {
            one.decision == Decision::Kept || !proven.iter().any(|kept| kept.meets(&one.proposal))
        });
        Ok(tried)
    }

    /// The files that a proposal changes, as they are with these edits; none where one is another
    /// by now.
    fn applied(&self, one: &Proposal, edits: &[&Proposal]) -> Option<Vec<(PathBuf, String)>> {
        let text = |file: &PathBuf| Some((file.clone(), apply_all(&self.texts, file, edits)?));
        one.files().map(text).collect()
    }

    /// Builds, runs and tests the copy with an edit in it. The program is told where it builds.
    fn try_edit(
        &self,
        lab: &Lab<'_>,
        proposal: &Proposal,
        tell: impl Fn(&str),
    ) -> Result<(Decision, Option<Measured>, Option<Built>), Error> {
        tell("build");
        let Ok(after) = self.built(lab.session, "after")? else {
            return Ok((Decision::Reverted(NO_BUILD.to_owned()), None, None));
        };
        let (mut decision, measured) = self.judged(lab, &after.path, proposal.peak > 0, &tell)?;
        tell("tests");
        if decision == Decision::Kept
            && !self.args.no_tests
            && !self.tests(lab.manifest, Some(lab.tests_take))?
        {
            decision = Decision::Reverted("a test fails with it".to_owned());
        }
        if decision == Decision::Kept && !proposal.files().all(|file| self.is_current(file)) {
            decision = Decision::Reverted(CHANGED.to_owned());
        }
        Ok((decision, measured, Some(after)))
    }

    /// The manifest that is named, or that cargo finds from the current folder, in the copy.
    fn manifest(&self, tree: &Tree) -> Result<PathBuf, Error> {
        let in_copy = |path: &Path| tree.in_copy(&below(self.root, path)?);
        if let Some(named) = self.args.selection.manifest() {
            return in_copy(named).ok_or_else(|| {
                let what = format!("`{}` lies outside of its workspace", named.display());
                Error::usage(what, "name one in the folder of the workspace")
            });
        }
        let here = std::env::current_dir().unwrap_or_default();
        let found = here.ancestors().find_map(|folder| in_copy(&folder.join("Cargo.toml")));
        Ok(found.unwrap_or_else(|| tree.path().join("Cargo.toml")))
    }

    /// Builds the copy, and puts the program into a folder of its own, by its own name: programs
    /// print it. What cargo says where it does not build.
    fn built(&self, session: &Session<'_>, to: &str) -> Result<Result<Built, String>, Error> {
        let built = session.program()?;
        // An interrupted cargo fails too.
        signals::check()?;
        let program = match built {
            Ok(program) => program,
            Err(told) if was_killed(&told) => {
                let next = "run it again, with fewer jobs (`-j`) where memory was short";
                return Err(Error::new(Exit::ProgramFailed, "a signal ended the compiler", next));
            }
            Err(told) => return Ok(Err(told)),
        };
        let folder = self.folder.sub("fix")?.join(to);
        let path = folder.join(program.path.file_name().unwrap_or_default());
        let copy = || {
            // Cargo's own file stays as cargo made it.
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder)?;
            fs::copy(&program.path, &path)
        };
        copy().map_err(|error| Error::file("copy", &program.path, &error))?;
        Ok(Ok(Built { path, program }))
    }

    /// Why an edit is not even tried.
    fn refused(&self, proposal: &Proposal, tree: &Tree) -> Option<&'static str> {
        if proposal.lacks_memopt {
            Some("its package does not depend on memopt; `cargo memopt init` adds it")
        } else if !proposal.files().all(|file| tree.holds(file)) {
            Some("its file was built, or lies outside of the workspace")
        } else if self.args.write && proposal.files().any(|file| files::is_dirty(file)) {
            Some("its file has changes that are not committed; commit or stash them")
        } else {
            (!proposal.files().all(|file| self.is_current(file))).then_some(CHANGED)
        }
    }

    /// Whether a file is what it was when its edits were made.
    fn is_current(&self, file: &Path) -> bool {
        fs::read_to_string(file).is_ok_and(|text| self.texts.get(file) == Some(&text))
    }

    /// Whether the user's tests pass in the copy, compiled as they are.
    fn tests(&self, manifest: &Path, limit: Option<Duration>) -> Result<bool, Error> {
        let mut command = Command::new(crate::linked::cargo());
        // An edit of one package may break another.
        command.args(["test", "--quiet", "--workspace", "--manifest-path"]).arg(manifest);
        command.args(self.args.selection.test_args());
        let target = self.folder.path().join("fix/target");
        // Nor does a folder for builds that cargo's settings name serve both.
        command.arg("--config").arg(crate::linked::build_dir(&target));
        command.arg("--target-dir").arg(target);
        command.stdout(Stdio::null()).stderr(Stdio::null()).env("INSTA_UPDATE", "no");
        // Cargo's settings with paths are those of the copy, and git finds no repository above.
        if let Some(folder) = manifest.parent() {
            command.current_dir(folder);
        }
        command.env("GIT_CEILING_DIRECTORIES", self.folder.path().join("fix"));
        for name in TESTS_WRITE {
            command.env_remove(name);
        }
        let ended = group::run(&mut command, limit).map_err(|error| {
            let what = format_args!("cannot run cargo: {error}").to_string();
            Error::usage(what, "install it with rustup")
        })?;
        signals::check()?;
        Ok(ended.status.success())
    }

    /// Where the patch is.
    fn patch(&self) -> PathBuf {
        self.folder.path().join("fix.patch")
    }

    /// Writes what is kept as one patch.
    fn write_patch(&self, kept: &[&Proposal]) -> Result<(), Error> {
        let files: BTreeSet<&PathBuf> = kept.iter().flat_map(|one| one.files()).collect();
        let mut text = String::new();
        for file in files {
            let splices = of_file(file, kept);
            let name = file.strip_prefix(self.root).unwrap_or(file);
            let before = self.texts.get(file).map_or("", String::as_str);
            text.push_str(&patch::of_file(name, before, &splices));
        }
        let path = self.patch();
        replace(&path, text.as_bytes()).map_err(|error| Error::file("write", &path, &error))
    }

    /// Changes the files if that was asked for. What is to be told, as words and what they say.
    pub(super) fn keep(&self, kept: &[&Proposal]) -> Result<Vec<(&'static str, String)>, Error> {
        if kept.is_empty() {
            return Ok(vec![("Finished", "no edit was proven: nothing to keep".to_owned())]);
        }
        let path = self.patch().display().to_string();
        let mut told = vec![("Wrote", path.clone())];
        if !self.args.write {
            let root = self.root.display().to_string();
            let command = format!("git -C {} apply {}", quoted(&root), quoted(&path));
            told.push(("Finished", format!("`{command}` applies it")));
            return Ok(told);
        }
        signals::check()?;
        let files: BTreeSet<&PathBuf> = kept.iter().flat_map(|one| one.files()).collect();
        // They were clean when the proof began.
        if let Some(file) =
            files.iter().find(|file| !self.is_current(file) || files::is_dirty(file))
        {
            return Err(Error::usage(
                format_args!("`{}` was changed while its edits were proven", file.display()),
                "commit or stash the changes and run it again; the patch is written",
            ));
        }
        let fresh = self.folder.sub("fix")?.join("fresh");
        for file in files {
            let Some(text) = apply_all(&self.texts, file, kept) else { continue };
            files::change(file, &text, &fresh)
                .map_err(|error| Error::file("write", file, &error))?;
            told.push(("Changed", file.display().to_string()));
        }
        Ok(told)
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |sign: char| sign.is_alphanumeric() || "/.-_+=:@\\".contains(sign);
    if word.chars().all(is_plain) { word.to_owned() } else { format!("'{word}'") }
}
