//! Measures how long a clean build of a program takes that depends on memopt, beside one that
//! depends on hotpath with its allocation counting: one job, profile `dev`, by turns.
//!
//! With `--busy` the time is that on a core, which other work on the machine disturbs little, where
//! the system tells it, and a tenth is left to chance.
//!
//! Fails unless the default of memopt takes at most as long as hotpath does.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use memopt_benches::stats::Quartiles;
use memopt_benches::{Result, build};

/// Rounds of each program, unless the command line says otherwise.
const ROUNDS: usize = 3;
/// The time of memopt's default may be this share of hotpath's.
const LIMIT: f64 = 1.0;
/// The same beside other work.
const LIMIT_BUSY: f64 = 1.1;

/// A program and what it depends on. The first is the one that the others are compared with.
const PROGRAMS: [&str; 3] = ["hotpath", "memopt", "memopt_off"];

const HELP: &str = "\
measures clean builds of programs that depend on memopt and on hotpath

usage: cargo run --release --manifest-path benches/Cargo.toml --bin build_times -- [rounds] \
[--busy]

--busy: compares the time on a core, as other work waits for the same ones";

fn main() -> ExitCode {
    memopt_benches::exit(run)
}

fn run() -> Result<bool> {
    let (mut rounds, mut busy) = (ROUNDS, false);
    for argument in std::env::args().skip(1) {
        match argument.parse() {
            Ok(number) => rounds = number,
            Err(_) if argument == "--busy" => busy = true,
            Err(_) => return Err(format!("`{argument}` is no number\n\n{HELP}").into()),
        }
    }
    let limit = if busy { LIMIT_BUSY } else { LIMIT };
    let folder = build::target()?.join("build-times");
    let mut manifests = Vec::new();
    for program in PROGRAMS {
        manifests.push(write(&folder.join(program), program)?);
    }
    // Downloads are no part of a build.
    for manifest in &manifests {
        cargo(manifest, &["fetch"])?;
    }
    let mut taken = vec![Vec::new(); PROGRAMS.len()];
    for round in 0..rounds {
        for at in 0..PROGRAMS.len() {
            // Each program is the first of a round in its turn.
            let at = (at + round) % PROGRAMS.len();
            taken[at].push(clean_build(&manifests[at], busy)?);
        }
    }
    println!("{:<12} {:>7} {:>9}  {:<13} {:>6}", "program", "crates", "seconds", "all", "ratio");
    let mut held = true;
    for (at, program) in PROGRAMS.iter().enumerate() {
        // A ratio a round: both of its builds met the machine as it was then.
        let ratios: Vec<f64> =
            taken[at].iter().zip(&taken[0]).map(|(own, first)| own / first).collect();
        let (Some(seconds), Some(ratio)) = (Quartiles::of(&taken[at]), Quartiles::of(&ratios))
        else {
            return Err("at least one round is needed".into());
        };
        let all: Vec<String> = taken[at].iter().map(|seconds| format!("{seconds:.0}")).collect();
        let judged = match *program {
            "memopt" if ratio.median > limit => "   MISSED",
            _ => "",
        };
        held &= judged.is_empty();
        println!(
            "{program:<12} {:>7} {:>9.1}  {:<13} {:>6.2}{judged}",
            crates(&manifests[at])?,
            seconds.median,
            all.join(" "),
            ratio.median
        );
    }
    println!("limit: memopt at most {limit:.1} times hotpath");
    Ok(held)
}

/// Writes an empty program with one dependency and returns its manifest.
fn write(folder: &Path, program: &str) -> Result<PathBuf> {
    let library = build::root().join("../memopt").canonicalize()?;
    let dependency = match program {
        "memopt" => format!("memopt = {{ path = '{}' }}", library.display()),
        "memopt_off" => {
            format!("memopt = {{ path = '{}', default-features = false }}", library.display())
        }
        peer => {
            // The version and features that the subjects are built with.
            let subjects = std::fs::read_to_string(build::root().join("subjects/Cargo.toml"))?;
            let line = subjects.lines().find(|line| line.starts_with(&format!("{peer} =")));
            line.ok_or_else(|| format!("the subjects do not depend on {peer}"))?.to_owned()
        }
    };
    std::fs::create_dir_all(folder.join("src"))?;
    std::fs::write(folder.join("src/main.rs"), "fn main() {}\n")?;
    let manifest = folder.join("Cargo.toml");
    let text = format!(
        "[package]\nname = \"build-{program}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [workspace]\n\n[dependencies]\n{dependency}\n"
    );
    std::fs::write(&manifest, text)?;
    // The versions measured are the ones this workspace has tried.
    std::fs::copy(build::root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    Ok(manifest)
}

/// Seconds that a build into an empty target directory takes; on a core, if so asked.
fn clean_build(manifest: &Path, on_a_core_alone: bool) -> Result<f64> {
    let target = manifest.with_file_name("target");
    if target.exists() {
        std::fs::remove_dir_all(&target)?;
    }
    let (start, used) = (Instant::now(), on_a_core());
    cargo(manifest, &["build", "--quiet", "--offline"])?;
    let waited = start.elapsed().as_secs_f64();
    let on_a_core = used.zip(on_a_core()).map(|(before, after)| after - before);
    Ok(on_a_core.filter(|_| on_a_core_alone).unwrap_or(waited))
}

/// Seconds that the children of this process that have ended took on a core; `None` where the
/// system has no `/proc`.
fn on_a_core() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // Behind the name, which may hold anything: the 16th and 17th word of the line are the times of
    // ended children in user and in kernel mode, in hundredths of a second.
    let mut words = stat.rsplit_once(')')?.1.split_whitespace().skip(13);
    let mut ticks = || words.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / 100.0)
}

/// The packages below a program.
fn crates(manifest: &Path) -> Result<usize> {
    let arguments = ["tree", "--edges", "normal,build", "--prefix", "none", "--no-dedupe"];
    let tree = cargo(manifest, &arguments)?;
    let packages: BTreeSet<Vec<&str>> =
        tree.lines().skip(1).map(|line| line.split(' ').take(2).collect()).collect();
    Ok(packages.len())
}

/// Runs cargo with one job and nothing of the environment that would change a build.
fn cargo(manifest: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(arguments)
        .arg("--manifest-path")
        .arg(manifest)
        .env("CARGO_BUILD_JOBS", "1")
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_TARGET_DIR", manifest.with_file_name("target"))
        .env_remove("RUSTFLAGS")
        .env_remove("RUSTC_WRAPPER")
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        // Not the warnings in front.
        let error = said.find("error").map_or(&*said, |start| &said[start..]);
        return Err(format!("cargo {} failed:\n{error}", arguments.join(" ")).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
