//! `compile1000`: how long the compiler takes for a crate of a thousand annotated functions.
//!
//! Dependencies are compiled before; then only the generated crate is, again and again, the
//! variants in turn, one job at a time and not incrementally. What is timed is the whole cargo
//! command, which is what somebody waits for.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};

use crate::generate::{self, VARIANTS};
use crate::plan::COMPILE;
use crate::row::Row;
use crate::{Result, build};

/// Rounds of each variant.
const ROUNDS: u64 = 3;

/// The cargo commands timed and the profile they stand for in the results.
const COMMANDS: [(&str, &str); 2] = [("check", "check"), ("build", "dev")];

/// Measures all variants.
///
/// # Errors
///
/// When cargo fails: the dependencies must be in its cache or the network reachable.
pub fn measure(effort: u64) -> Result<Vec<Row>> {
    let folder = build::target()?.join(COMPILE);
    let manifest = generate::write(&folder)?;
    let mut rows = Vec::new();
    for (command, profile) in COMMANDS {
        for variant in VARIANTS {
            run(command, &manifest, &folder, variant.package)?;
        }
        let mut taken = vec![Vec::new(); VARIANTS.len()];
        for _ in 0..(ROUNDS * effort).div_ceil(100) {
            let mut plain = None;
            for (variant, taken) in VARIANTS.iter().zip(&mut taken) {
                let source = folder.join(variant.package).join("src/lib.rs");
                std::fs::File::options()
                    .append(true)
                    .open(&source)?
                    .set_modified(SystemTime::now())?;
                let own = run(command, &manifest, &folder, variant.package)?.as_nanos() as f64;
                taken.push((own, *plain.get_or_insert(own)));
            }
        }
        for (variant, taken) in VARIANTS.iter().zip(&taken) {
            rows.extend(Row::new(COMPILE, variant.subject, profile, 1, taken));
        }
    }
    Ok(rows)
}

fn run(command: &str, manifest: &Path, folder: &Path, package: &str) -> Result<Duration> {
    let start = Instant::now();
    let output = build::cargo()
        .args([command, "--quiet", "--jobs", "1", "--package", package, "--manifest-path"])
        .arg(manifest)
        .arg("--target-dir")
        .arg(folder.join("target"))
        .env("CARGO_INCREMENTAL", "0")
        .stderr(Stdio::piped())
        .output()?;
    let taken = start.elapsed();
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("cargo could not {command} `{package}`:\n{said}").into());
    }
    Ok(taken)
}
