//! A crate, compiled instrumented; what does not compile so is left as it is.

use super::blame::{self, Message};
use super::call::Call;
use super::mirror::{self, Mirror, Root};
use super::outcome::{Outcome, Plain};
use super::settings::{Place, Settings};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;
use std::{env, fs};

/// Errors come in stages: names first, types next, borrows last. Each may blame other functions.
const ROUNDS: u32 = 12;

/// What this process does where cargo calls it as rustc. `args` are rustc and its arguments; where
/// this command wraps rustc for all crates, cargo names it twice for those of the workspace.
pub(crate) fn main(place: &Place, settings: &Settings, args: &[OsString]) -> i32 {
    let is_around_all = !settings.crates.is_empty() || settings.inner.is_some();
    let is_twice = args.first().is_some_and(|word| Path::new(word) == place.wrapper());
    let is_foreign = is_around_all && !is_twice;
    let Some((rustc, args)) = args[usize::from(is_twice)..].split_first() else { return 1 };
    let call = Call::read(args).filter(|call| !call.is_for_the_build());
    let call = call.filter(|call| call.target == settings.target);
    let call = call.filter(|call| !is_foreign || settings.crates.contains(&call.package_name));
    let Some(call) = call else { return plain(settings, rustc, args, is_foreign) };
    let unit = Unit { place, settings, rustc, call };
    match unit.compile() {
        Ok(code) => code,
        Err(error) => {
            let name = &unit.call.name;
            eprintln!("warning: memopt cannot mirror {name}: {error}; compiled as it is");
            plain(settings, rustc, args, false)
        }
    }
}

/// The call as it is, with memopt where a crate that needs it may be.
fn plain(settings: &Settings, rustc: &OsStr, args: &[OsString], is_foreign: bool) -> i32 {
    let mut command = match (&settings.inner, is_foreign) {
        (Some(inner), true) => {
            let mut command = Command::new(inner);
            command.arg(rustc);
            command
        }
        _ => Command::new(rustc),
    };
    command.args(args);
    if Call::read(args).is_some() && !settings.has_memopt {
        add_dependencies(settings, &mut command);
    }
    code(&command.status())
}

fn code(status: &io::Result<ExitStatus>) -> i32 {
    match status {
        Ok(status) => match signal(*status) {
            Some(signal) => {
                eprintln!("error: {}", ended_by(signal));
                128 + signal
            }
            None => status.code().unwrap_or(101),
        },
        Err(error) => {
            eprintln!("error: memopt cannot run rustc: {error}");
            101
        }
    }
}

/// What is told where a signal ended rustc, and what such a line is known by.
fn ended_by(signal: i32) -> String {
    format!("{KILLED} {signal}; run it again, with fewer jobs (`-j`) where memory was short")
}

/// What cargo's text has where the compiler did not come to its end.
const KILLED: &str = "rustc was ended by signal";

/// Whether what cargo says is that a signal ended rustc: then it is not known whether the source
/// compiles.
pub(crate) fn was_killed(told: &str) -> bool {
    // Cargo's own words are for crates that it compiles without the wrapper. A source may have them
    // in it, which rustc quotes.
    let cargo = |line: &str| {
        let is_its =
            line.starts_with("error:") || line.contains("process didn't exit successfully");
        is_its && line.contains("(signal: ")
    };
    told.lines().any(|line| line.starts_with("error:") && line.contains(KILLED) || cargo(line))
}

/// The signal that ended a process.
fn signal(status: ExitStatus) -> Option<i32> {
    #[cfg(unix)]
    return std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    {
        let _ = status;
        None
    }
}

/// Tells rustc where what memopt needs is.
fn add_dependencies(settings: &Settings, command: &mut Command) {
    for folder in [&settings.deps, &settings.macros] {
        let mut word = OsString::from("dependency=");
        word.push(folder);
        command.arg("-L").arg(word);
    }
}

struct Unit<'a> {
    place: &'a Place,
    settings: &'a Settings,
    rustc: &'a OsStr,
    call: Call,
}

/// What a call of rustc said.
struct Said {
    status: ExitStatus,
    lines: Vec<String>,
    messages: Vec<Message>,
}

fn first_error(messages: &[Message]) -> &str {
    let error = messages.iter().find(|message| message.is_error());
    error.map_or("rustc failed", |message| message.text())
}

impl Unit<'_> {
    fn compile(&self) -> io::Result<i32> {
        let call = &self.call;
        let mut outcome = Outcome {
            package: call.package_name.clone(),
            unit: call.unit(),
            is_executable: call.is_executable(),
            ..Outcome::default()
        };
        if self.settings.has_memopt && !call.has_memopt {
            outcome.left = Some(format!(
                "{} does not depend on memopt, which another crate of this program does; add it \
                 to its dependencies",
                call.package_name
            ));
            outcome.write(&self.place.outcomes())?;
            return Ok(plain(self.settings, self.rustc, &call.args, false));
        }
        let here = env::current_dir()?;
        let root = here.join(call.root());
        let base = if call.package.starts_with(&here) && root.starts_with(&here) {
            here.clone()
        } else {
            call.package.parent().unwrap_or(&call.package).to_owned()
        };
        let Ok(below) = root.strip_prefix(&base) else {
            outcome.left = Some("its root lies outside of its package".to_owned());
            outcome.write(&self.place.outcomes())?;
            return Ok(plain(self.settings, self.rustc, &call.args, false));
        };
        // A program that has memopt chose its allocator.
        let (mut has_root, mut wraps) = (call.is_executable(), !self.settings.has_memopt);
        let mut left = BTreeSet::new();
        for round in 1..=ROUNDS {
            let began = Instant::now();
            let mirror = self.mirror(&base, below, wraps)?;
            outcome.mirror_us += began.elapsed().as_micros() as u64;
            outcome.rounds = round;
            let own = mirror.path().to_owned();
            let of_root = mirror.file(&mirror::to_text(below));
            let has_own = of_root.is_some_and(|file| file.has_allocator);
            let is_wrapping = of_root.is_some_and(|file| file.is_wrapping);
            let plain_before = mirror.count_plain();
            // Others of the package go on while this compiles.
            drop(mirror);
            let said = self.instrumented(&own, &base, below, has_root)?;
            if said.status.success() {
                outcome.has_allocator = has_root || has_own;
                forward(&said.lines);
                self.mend_dep_info(&own, &base)?;
                self.count(&mut outcome, &base, below, wraps)?;
                outcome.write(&self.place.outcomes())?;
                return Ok(0);
            }
            if let Some(signal) = signal(said.status) {
                // A lack of memory, or somebody's `kill`: no function is to blame.
                eprintln!("error: {}", ended_by(signal));
                return Ok(128 + signal);
            }
            let is_of_allocator = said.messages.iter().any(Message::is_of_allocator);
            let mut mirror = self.mirror(&base, below, wraps)?;
            let blamed = blame::functions(&said.messages, &mirror, &base);
            if is_of_allocator && has_root {
                has_root = false;
            } else if !blamed.is_empty() {
                mirror.leave_plain(&blamed)?;
                left.extend(blamed);
            } else if mirror.count_plain() > plain_before {
                // Another crate of the package met the same error at the same time and was first.
            } else if wraps && is_wrapping {
                wraps = false;
            } else {
                let reason = first_error(&said.messages);
                outcome.left = Some(format!("it does not compile instrumented: {reason}"));
                break;
            }
            if round == ROUNDS {
                let reason = first_error(&said.messages);
                outcome.left =
                    Some(format!("too many of its functions do not compile; at last: {reason}"));
            }
        }
        let code = self.with_memopt_beside();
        if code == 0 {
            outcome.write(&self.place.outcomes())?;
        } else if !left.is_empty() {
            // The error is the user's: none of these functions is to blame for it.
            self.mirror(&base, below, wraps)?.annotate_again(&left)?;
        }
        Ok(code)
    }

    fn mirror(&self, base: &Path, below: &Path, wraps: bool) -> io::Result<Mirror<'_>> {
        let call = &self.call;
        let mirrors = self.place.mirrors();
        let (package, name) = (&call.package, &call.package_name);
        let mut mirror = Mirror::open(&mirrors, self.settings, package, name, base)?;
        mirror.sync(Root { path: below, is_2015: call.is_2015 && !call.has_memopt }, wraps)?;
        Ok(mirror)
    }

    /// Calls rustc for the mirror. Files that others wait for are told at once, the rest is kept.
    fn instrumented(
        &self,
        own: &Path,
        base: &Path,
        below: &Path,
        has_root: bool,
    ) -> io::Result<Said> {
        let mut command = Command::new(self.rustc);
        command.args(self.call.with_root(&own.join(below)));
        self.add_memopt(&mut command);
        command.args(["--check-cfg", "cfg(memopt_root)"]);
        if has_root {
            command.args(["--cfg", "memopt_root"]);
        }
        let mut remap = own.as_os_str().to_owned();
        remap.push("=");
        if self.call.root().is_absolute() {
            remap.push(base);
        }
        command.arg("--remap-path-prefix").arg(remap);
        let mut child = command.stderr(Stdio::piped()).spawn()?;
        let (mut lines, mut messages) = (Vec::new(), Vec::new());
        let stderr = child.stderr.take().map(BufReader::new);
        for line in stderr.into_iter().flat_map(BufRead::lines) {
            let line = line?;
            let message = Message::read(&line);
            if message.is_artifact() {
                forward(&[line]);
            } else {
                lines.push(line);
                messages.push(message);
            }
        }
        Ok(Said { status: child.wait()?, lines, messages })
    }

    fn add_memopt(&self, command: &mut Command) {
        if !self.call.has_memopt {
            let mut word = OsString::from("memopt=");
            word.push(&self.settings.rlib);
            command.arg("--extern").arg(word);
            add_dependencies(self.settings, command);
        }
    }

    /// The crate as it is. Its dependencies may be instrumented, so it is told of memopt.
    fn with_memopt_beside(&self) -> i32 {
        let mut command = Command::new(self.rustc);
        command.args(&self.call.args);
        self.add_memopt(&mut command);
        code(&command.status())
    }

    /// Cargo must look at the user's files for changes, not at the mirror.
    fn mend_dep_info(&self, own: &Path, base: &Path) -> io::Result<()> {
        let Some(path) = self.call.dep_info().filter(|path| path.is_file()) else { return Ok(()) };
        let escaped = |path: &Path| path.to_string_lossy().replace(' ', "\\ ");
        let own = format!("{}/", escaped(own));
        let is_absolute = self.call.root().is_absolute();
        let to = if is_absolute { format!("{}/", escaped(base)) } else { String::new() };
        let text = fs::read_to_string(&path)?;
        let mended = text.replace(&own, &to);
        if mended == text {
            return Ok(());
        }
        super::settings::replace(&path, mended.as_bytes())
    }

    /// Counts the functions of the files that were read.
    fn count(
        &self,
        outcome: &mut Outcome,
        base: &Path,
        below: &Path,
        wraps: bool,
    ) -> io::Result<()> {
        let mirror = self.mirror(base, below, wraps)?;
        let read = self.files_read()?;
        let mut plain = BTreeSet::new();
        for file in read {
            let full = env::current_dir()?.join(&file);
            let name = mirror::to_text(full.strip_prefix(base).unwrap_or(&file));
            let Some(index) = mirror.file(&name) else { continue };
            for entry in &index.functions {
                outcome.eligible += 1;
                outcome.chosen += usize::from(entry.is_chosen);
                if let Some(reason) = &entry.plain {
                    plain.insert(Plain {
                        file: name.clone(),
                        line: entry.lines.start,
                        path: entry.path.clone(),
                        reason: reason.clone(),
                    });
                }
            }
        }
        outcome.plain = plain.into_iter().collect();
        Ok(())
    }

    /// The files that the compiler read, as the user names them.
    fn files_read(&self) -> io::Result<Vec<PathBuf>> {
        let Some(path) = self.call.dep_info().filter(|path| path.is_file()) else {
            return Ok(Vec::new());
        };
        let text = fs::read_to_string(path)?;
        let Some((_, files)) = text.lines().next().and_then(|line| line.split_once(": ")) else {
            return Ok(Vec::new());
        };
        let files = files.replace("\\ ", "\u{0}");
        Ok(files.split(' ').map(|file| file.replace('\u{0}', " ").into()).collect())
    }
}

fn forward(lines: &[String]) {
    let mut stderr = io::stderr().lock();
    for line in lines {
        // Nobody reads a closed stream.
        let _ = writeln!(stderr, "{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::{ended_by, was_killed};

    #[test]
    fn a_compiler_that_was_killed_is_told_from_a_source_that_says_so() {
        for killed in [
            format!("error: {}\nerror: could not compile `a`\n", ended_by(9)),
            "error: could not compile `a` (lib)\n\nCaused by:\n  process didn't exit successfully: \
             `rustc --crate-name a` (signal: 9, SIGKILL: kill)\n"
                .to_owned(),
            "error: could not compile `a` (signal: 11, SIGSEGV)\n".to_owned(),
        ] {
            assert!(was_killed(&killed), "{killed}");
        }
        for other in [
            "error[E0425]: cannot find value `x`\n3 |     g(x, \"(signal: 9)\");\n",
            "4 | // rustc was ended by signal 9\nerror: could not compile `a`\n",
            "error: could not compile `a`\n\nCaused by:\n  process didn't exit successfully: \
             `rustc` (exit status: 1)\n",
        ] {
            assert!(!was_killed(other), "{other}");
        }
    }
}
