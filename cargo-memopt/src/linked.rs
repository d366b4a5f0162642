//! The memopt that instrumented programs are linked with: the version this command was built with,
//! compiled once for a compiler and a target, and kept in `target/memopt`.

use crate::console::Console;
use crate::error::Error;
use crate::exit::Exit;
use crate::folder::Folder;
use crate::instrument::settings::{fnv, replace};
use crate::progress::Progress;
use memopt_report::units::counted;
use std::env::consts::DLL_EXTENSION;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a program may ask of memopt in its environment.
const FEATURES: &str = r#"["autostart", "dump", "flamegraph", "heap", "pprof"]"#;

/// A program that is linked with LTO needs the bitcode of all its crates. By metadata of its own no
/// crate is taken for one of the program's, compiled with other flags. Where a triple is named,
/// cargo gives macros no flags; there the profile's `build-override`, which is like no other, makes
/// cargo's own metadata of them another. What macros are made of is in no program.
const FLAGS: [&str; 2] = ["-Cembed-bitcode=yes", "-Cmetadata=memopt-linked"];

/// A compiled memopt.
#[derive(Clone, Debug)]
pub(crate) struct Linked {
    pub(crate) rlib: PathBuf,
    pub(crate) deps: PathBuf,
    /// Where its macros are, which run on the host: another folder than `deps` where a triple is
    /// named.
    pub(crate) macros: PathBuf,
}

/// Where the sources of this version are, if the command was built in memopt's repository.
fn checkout() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?.join("memopt");
    path.join("Cargo.toml").is_file().then_some(path)
}

/// The command and, in a repository, its sources: what is linked is one of a kind with it.
pub(crate) fn version() -> String {
    let place = checkout().map_or_else(String::new, |path| format!(" ({})", path.display()));
    format!("{}{place}", env!("CARGO_PKG_VERSION"))
}

/// Compiles memopt where that is not done yet.
///
/// # Errors
///
/// Where it does not compile: without a network and a copy of what it needs, or with a compiler
/// older than its oldest.
pub(crate) fn linked(
    folder: &Folder,
    target: Option<&str>,
    console: Console,
) -> Result<Linked, Error> {
    let compiler = rustc()?;
    // The triple of the host is named too where the user names it: else `RUSTFLAGS` would reach
    // macros and build scripts, which do not bear all of them, as those of a sanitizer.
    let key = format!("{} {:?} {compiler}", version(), target);
    let project = folder.sub("linked")?.join(format!("{:016x}", fnv(key.as_bytes())));
    fs::create_dir_all(project.join("src"))
        .map_err(|error| Error::file("create", &project, &error))?;
    let lock = File::create(project.join("lock"));
    let lock = lock.and_then(|lock| crate::lock::wait_for(&lock).map(|()| lock));
    let _lock = lock.map_err(|error| Error::file("lock", &project, &error))?;
    write_project(&project).map_err(|error| Error::file("write", &project, &error))?;
    if !project.join("done").is_file() {
        console.status("Compiling", format_args!("memopt v{} (once)", version()));
    }
    let progress = Progress::start(console);
    let made = |has_network| build(&project, target, has_network, &progress);
    let found = made(false).or_else(|_| made(true))?;
    drop(progress);
    fs::write(project.join("done"), "").map_err(|error| Error::file("write", &project, &error))?;
    Ok(found)
}

/// What the compiler of this folder says of itself.
fn rustc() -> Result<String, Error> {
    asked_of_rustc("-vV")
}

/// The toolchain of rustup that this folder has by a file or an override: memopt is compiled in
/// another folder, by the same one. `None` where the environment names it or the compiler, or there
/// is no rustup.
fn toolchain() -> Option<String> {
    if ["RUSTUP_TOOLCHAIN", "RUSTC"].iter().any(|name| std::env::var_os(name).is_some()) {
        return None;
    }
    let sysroot = asked_of_rustc("--print=sysroot").ok()?;
    let sysroot = Path::new(sysroot.trim_end());
    if sysroot.parent()?.file_name()? != "toolchains" {
        return None;
    }
    Some(sysroot.file_name()?.to_str()?.to_owned())
}

fn asked_of_rustc(question: &str) -> Result<String, Error> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = Command::new(rustc).arg(question).output();
    let said = said.map_err(|error| {
        let what = format_args!("cannot run rustc: {error}").to_string();
        Error::usage(what, "install it with rustup")
    })?;
    Ok(String::from_utf8_lossy(&said.stdout).into_owned())
}

/// A package whose only dependency is memopt. The profile is like no other, so that no crate in it
/// is taken for one of the program's own. What writes reports need not be fast; what counts is.
fn write_project(project: &Path) -> io::Result<()> {
    let from = match checkout() {
        Some(path) => format!("path = {:?}", path.display().to_string()),
        None => format!("version = \"={}\"", env!("CARGO_PKG_VERSION")),
    };
    let manifest = format!(
        "[package]\nname = \"memopt-linked\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n\
         [dependencies]\nmemopt = {{ {from}, features = {FEATURES} }}\n\n[workspace]\n\n\
         [profile.memopt]\ninherits = \"release\"\ndebug = false\ncodegen-units = 13\n\
         opt-level = 1\n\n[profile.memopt.package.memopt-runtime]\nopt-level = 3\n\n\
         [profile.memopt.build-override]\ncodegen-units = 13\n"
    );
    write_once(&project.join("Cargo.toml"), manifest.as_bytes())?;
    write_once(&project.join("src/lib.rs"), b"//! Links memopt.\n")?;
    let lock = checkout().and_then(|path| Some(path.parent()?.join("Cargo.lock")));
    if let Some(lock) = lock.filter(|lock| lock.is_file() && !project.join("Cargo.lock").is_file())
    {
        fs::copy(lock, project.join("Cargo.lock"))?;
    }
    Ok(())
}

fn write_once(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    replace(path, bytes)
}

/// Cargo, as it called this command.
pub(crate) fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn build(
    project: &Path,
    target: Option<&str>,
    has_network: bool,
    progress: &Progress,
) -> Result<Linked, Error> {
    let mut command = Command::new(cargo());
    command.current_dir(project);
    if let Some(toolchain) = toolchain() {
        command.env("RUSTUP_TOOLCHAIN", toolchain);
    }
    command.args(["build", "--profile", "memopt", "--message-format", "json-render-diagnostics"]);
    command.args(["-p", "memopt", "-p", "memopt-linked", "--color", "never"]);
    command.arg("--target-dir").arg(project.join("target"));
    command.arg("--config").arg(build_dir(&project.join("target")));
    if !has_network {
        command.arg("--offline");
    }
    if let Some(target) = target {
        command.args(["--target", target]);
    } else {
        command.env_remove("CARGO_BUILD_TARGET");
    }
    match (std::env::var("CARGO_ENCODED_RUSTFLAGS"), std::env::var("RUSTFLAGS")) {
        (Ok(flags), _) if !flags.is_empty() => {
            command
                .env("CARGO_ENCODED_RUSTFLAGS", format!("{flags}\u{1f}{}", FLAGS.join("\u{1f}")));
        }
        (_, Ok(flags)) if !flags.is_empty() => {
            command.env("RUSTFLAGS", format!("{flags} {}", FLAGS.join(" ")));
        }
        _ => {
            let flags = format!("build.rustflags=['{}']", FLAGS.join("', '"));
            command.args(["--config", &flags]);
        }
    }
    for name in ["RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"] {
        command.env_remove(name);
    }
    // What is linked has a profile of its own. Else runs with other settings for the user's would
    // compile it anew in turn.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_PROFILE_") {
            command.env_remove(name);
        }
    }
    command.args(["--config", "build.rustc-wrapper=''"]);
    command.args(["--config", "build.rustc-workspace-wrapper=''"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let cannot = |error: io::Error| {
        Error::usage(format_args!("cannot run cargo: {error}"), "install it with rustup")
    };
    let mut child = command.spawn().map_err(cannot)?;
    // Both streams are read at once, so that neither fills up.
    let mut stderr = child.stderr.take();
    let errors = std::thread::spawn(move || {
        let mut text = Vec::new();
        // What cannot be read is not told.
        let _ = stderr.as_mut().map(|stderr| stderr.read_to_end(&mut text));
        String::from_utf8_lossy(&text).into_owned()
    });
    let (mut rlib, mut macros, mut crates) = (None, None, 0);
    for line in child.stdout.take().map(BufReader::new).into_iter().flat_map(BufRead::lines) {
        let line = line.map_err(cannot)?;
        if let Some((name, found)) = artifact(&line) {
            crates += 1;
            progress.tell(format!("{}, {name}", counted(crates, "crate")));
            match found {
                Some(file) if name == "memopt" => rlib = Some(file),
                Some(file) => macros = Some(file),
                None => {}
            }
        }
    }
    let status = child.wait().map_err(cannot)?;
    let errors = errors.join().unwrap_or_default();
    if !status.success() {
        return Err(Error::new(
            Exit::Usage,
            format_args!("memopt does not compile here:\n{}", errors.trim_end()),
            "check the network and that the compiler is Rust 1.88 or later",
        ));
    }
    let rlib = rlib.ok_or_else(|| Error::internal("cargo named no libmemopt.rlib"))?;
    // Beside the copy with a plain name, `deps` has those that the crates know each other by.
    let folder = rlib.parent().unwrap_or(&rlib).to_owned();
    let deps = if folder.ends_with("deps") { folder } else { folder.join("deps") };
    let macros = macros.as_deref().and_then(Path::parent).unwrap_or(&deps).to_owned();
    Ok(Linked { rlib, deps, macros })
}

/// The crate that cargo's message is about, and the file where that is memopt itself or its macros.
fn artifact(line: &str) -> Option<(String, Option<PathBuf>)> {
    let message: serde_json::Value = serde_json::from_str(line).ok()?;
    if message["reason"] != "compiler-artifact" {
        return None;
    }
    let name = message["target"]["name"].as_str()?.to_owned();
    let files = message["filenames"].as_array()?.iter().filter_map(|file| file.as_str());
    let mut files = files.map(PathBuf::from);
    let kind = match name.as_str() {
        "memopt" => "rlib",
        "memopt_macros" => DLL_EXTENSION,
        _ => return Some((name, None)),
    };
    let file = files.find(|file| file.extension().is_some_and(|own| own == kind));
    Some((name, file))
}

/// The setting of cargo for the folder of intermediate files.
pub(crate) fn build_dir(path: &Path) -> OsString {
    format!("build.build-dir={}", toml_text(path)).into()
}

/// A path as a text of TOML.
pub(crate) fn toml_text(path: &Path) -> String {
    let text = path.display().to_string();
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
