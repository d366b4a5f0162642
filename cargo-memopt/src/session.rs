//! A run from the command line to the last line printed: memopt is linked, cargo builds with the
//! wrapper, cargo runs, what was written is read and told.

mod options;
mod packages;
pub(crate) mod program;
mod runs;
pub(crate) mod signals;
mod told;

pub(crate) use self::options::Options;

use crate::configured;
use crate::console::Console;
use crate::error::Error;
use crate::exit::Exit;
use crate::folder::{Folder, metadata};
use crate::instrument::mirror::stamp;
use crate::instrument::outcome::Outcome;
use crate::instrument::settings::{Place, Settings};
use crate::linked::{self, Linked};
use crate::selection::Selection;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

/// What cargo is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    Run,
    Test,
    Bench,
}

impl Task {
    fn word(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Test => "test",
            Self::Bench => "bench",
        }
    }
}

/// One run of `cargo memopt`.
pub(crate) struct Session<'a> {
    pub(crate) task: Task,
    pub(crate) options: &'a Options,
    pub(crate) selection: &'a Selection,
    pub(crate) args: &'a [OsString],
    pub(crate) console: Console,
    /// The folder in `target/memopt` that programs are built to. Two commands at once that build
    /// one program from other sources must not share it.
    pub(crate) programs: &'static str,
}

/// Where programs as the user wrote them lie.
pub(crate) const PROGRAMS: &str = "target";

/// What a run left.
pub(crate) struct Finished {
    pub(crate) exit: Exit,
    /// The reports, that of the program itself first.
    pub(crate) reports: Vec<PathBuf>,
    /// Other files.
    pub(crate) files: Vec<PathBuf>,
    pub(crate) outcomes: Vec<Outcome>,
    /// How long the program ran.
    pub(crate) wall: Duration,
    /// While it is held, no other command takes the files away.
    _held: Option<fs::File>,
}

impl Session<'_> {
    /// Builds, runs and tells.
    pub(crate) fn execute(&self) -> Result<Exit, Error> {
        let Some(finished) = self.run()? else { return Ok(Exit::Program(101)) };
        told::tell(self, &finished)?;
        Ok(finished.exit)
    }

    /// Builds and runs; nothing where it does not build, which cargo has told.
    pub(crate) fn run(&self) -> Result<Option<Finished>, Error> {
        self.run_with(Stdio::inherit())
    }

    /// The same, with an empty standard input.
    pub(crate) fn run_without_input(&self) -> Result<Option<Finished>, Error> {
        self.run_with(Stdio::null())
    }

    fn run_with(&self, input: Stdio) -> Result<Option<Finished>, Error> {
        let prepared = self.prepare()?;
        let cargo = prepared.cargo(self);
        let mut build = cargo.command(match self.task {
            Task::Run => "build",
            other => other.word(),
        });
        if self.task != Task::Run {
            build.arg("--no-run");
        }
        if !self.console.is_quiet() {
            build.args(self.selection.verbosity());
        }
        if !wait(&mut build)?.success() {
            return Ok(None);
        }
        let mut outcomes = Outcome::read_all(&prepared.place.outcomes());
        // Other programs were built with the same settings before.
        let named = self.selection.programs();
        if !named.is_empty() {
            outcomes.retain(|outcome| !outcome.is_executable || outcome.is_one_of(&named));
        }
        if self.selection.is_build_only() {
            return Ok(Some(Finished {
                exit: Exit::Success,
                reports: Vec::new(),
                files: Vec::new(),
                outcomes,
                wall: Duration::ZERO,
                _held: None,
            }));
        }
        self.measured(&cargo, outcomes, input).map(Some)
    }

    fn prepare(&self) -> Result<Prepared, Error> {
        let workspace = metadata(self.selection.manifest())?;
        let target = workspace.target_directory.as_std_path();
        let target = self.selection.target_dir().unwrap_or(target);
        let target =
            std::path::absolute(target).map_err(|error| Error::file("find", target, &error))?;
        let folder = Folder::of_target(&target)?;
        let here = env::current_dir().unwrap_or_default();
        let triple = self.selection.target().map(str::to_owned);
        let triple = triple.or_else(|| configured::target(&here));
        let has_memopt =
            packages::depend_on_memopt(&workspace, self.selection, &here, self.task != Task::Run);
        let linked = if has_memopt {
            Linked { rlib: PathBuf::new(), deps: PathBuf::new(), macros: PathBuf::new() }
        } else {
            linked::linked(&folder, triple.as_deref(), self.console)?
        };
        let settings = Settings {
            choice: self.options.choice(),
            rlib_stamp: stamp(&linked.rlib).unwrap_or_default(),
            rlib: linked.rlib,
            deps: linked.deps,
            macros: linked.macros,
            target: triple,
            crates: self.options.crates(),
            has_memopt,
            inner: configured::wrapper(&here),
            workspace: workspace.workspace_root.as_std_path().to_owned(),
            version: linked::version(),
        };
        let place = Place::make(&folder.sub("build")?, &settings)?;
        Ok(Prepared { folder, target, place, settings })
    }

    fn measured(
        &self,
        cargo: &Cargo<'_>,
        outcomes: Vec<Outcome>,
        input: Stdio,
    ) -> Result<Finished, Error> {
        let runs = cargo.folder.sub("runs")?;
        runs::forget_old(&runs);
        let (results, held) = runs::make(&runs)?;
        // The settings of reports are lists, and braces stand for numbers in them.
        if results.to_string_lossy().contains([',', '{', '}']) {
            return Err(Error::usage(
                format_args!("`{}` holds `,`, `{{` or `}}`", results.display()),
                "name a folder without them by --target-dir",
            ));
        }
        let mut run = cargo.command(self.task.word());
        // Cargo has told of the build. With tests the word is the harness's too.
        if self.task == Task::Run {
            run.arg("--quiet");
        }
        run.arg("--").args(self.args);
        for (name, value) in self.options.environment(&results, self.task) {
            run.env(name, value);
        }
        // Ctrl-C is the program's: it writes its report, and this command reads it.
        signals::catch();
        let began = Instant::now();
        let mut child = run.stdin(input).spawn().map_err(|error| no_cargo(&error))?;
        let own = results.join(format!("{}.json", child.id()));
        let mut is_ended = false;
        let status = loop {
            if let Some(status) = child.try_wait().map_err(|error| no_cargo(&error))? {
                break status;
            }
            // Unlike Ctrl-C it reaches this process alone.
            if !is_ended && signals::last() == Some(signals::TERM) {
                is_ended = true;
                // The shell has a `kill` of its own, where there is no such program.
                let kill = format!("kill {}", child.id());
                let _ = Command::new("sh").args(["-c", &kill]).status();
            }
            thread::sleep(Duration::from_millis(20));
        };
        let wall = began.elapsed();
        let (mut reports, mut files) = (Vec::new(), Vec::new());
        let unreadable = |error| Error::file("read", &results, &error);
        for entry in fs::read_dir(&results).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let is_report = path.extension().is_some_and(|kind| kind == "json")
                && path.file_stem().is_some_and(|stem| !stem.to_string_lossy().contains('.'));
            if is_report { reports.push(path) } else { files.push(path) }
        }
        reports.sort_by_key(|path| (*path != own, path.clone()));
        files.sort();
        let exit = program_exit(status);
        Ok(Finished { exit, reports, files, outcomes, wall, _held: Some(held) })
    }
}

/// What is ready before cargo is called.
struct Prepared {
    folder: Folder,
    target: PathBuf,
    place: Place,
    settings: Settings,
}

impl Prepared {
    fn cargo<'a>(&'a self, session: &'a Session<'a>) -> Cargo<'a> {
        let Self { folder, target, place, settings } = self;
        Cargo { session, folder, target, place, settings }
    }
}

/// Calls cargo with the wrapper.
struct Cargo<'a> {
    session: &'a Session<'a>,
    folder: &'a Folder,
    target: &'a Path,
    place: &'a Place,
    settings: &'a Settings,
}

impl Cargo<'_> {
    fn command(&self, word: &str) -> Command {
        let mut command = Command::new(linked::cargo());
        command.arg(word).args(self.session.selection.cargo_args());
        let console = self.session.console;
        command.args(console.color_word().into_iter().flat_map(|word| ["--color", word]));
        if console.is_quiet() && word != Task::Run.word() {
            command.arg("--quiet");
        }
        // Programs lie apart from plain ones; what is in between is told apart by cargo itself, so
        // that dependencies are not compiled again.
        let own = self.folder.path().join(self.session.programs);
        command.arg("--target-dir").arg(&own);
        // Not so where dependencies are instrumented: of the wrapper of all crates cargo knows
        // nothing, so what it makes of them lies apart for each set of settings.
        let apart = self.place.units();
        let between = if self.settings.crates.is_empty() { self.target } else { &apart };
        command.arg("--config").arg(linked::build_dir(between));
        let wrapper = linked::toml_text(&self.place.wrapper());
        command.env_remove("RUSTC_WORKSPACE_WRAPPER");
        let is_around_all = !self.settings.crates.is_empty() || self.settings.inner.is_some();
        if is_around_all {
            command.env_remove("RUSTC_WRAPPER");
            command.arg("--config").arg(format!("build.rustc-wrapper={wrapper}"));
        }
        command.arg("--config").arg(format!("build.rustc-workspace-wrapper={wrapper}"));
        if self.settings.has_memopt {
            command.args(["--features", "memopt/autostart"]);
        } else {
            // Doctests are compiled as they are, and linked with crates that are not.
            command.env("CARGO_ENCODED_RUSTDOCFLAGS", self.rustdoc_flags());
        }
        command
    }

    /// The user's flags of rustdoc and ours, in the form that bears spaces.
    fn rustdoc_flags(&self) -> String {
        let encoded = env::var("CARGO_ENCODED_RUSTDOCFLAGS").unwrap_or_default();
        let plain = env::var("RUSTDOCFLAGS").unwrap_or_default();
        let folders = [&self.settings.deps, &self.settings.macros];
        let own = folders.map(|folder| format!("-Ldependency={}", folder.display()));
        let mut flags: Vec<&str> = match encoded.as_str() {
            "" => plain.split_whitespace().collect(),
            encoded => encoded.split('\u{1f}').collect(),
        };
        flags.extend(own.iter().map(String::as_str));
        flags.join("\u{1f}")
    }
}

fn wait(command: &mut Command) -> Result<ExitStatus, Error> {
    command.status().map_err(|error| no_cargo(&error))
}

fn no_cargo(error: &std::io::Error) -> Error {
    Error::usage(format_args!("cannot run cargo: {error}"), "install it with rustup")
}

/// The code of the program; that of shells where a signal ended it.
fn program_exit(status: ExitStatus) -> Exit {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Exit::Program(128 + signal as u8);
    }
    Exit::Program(status.code().map_or(1, |code| code as u8))
}
