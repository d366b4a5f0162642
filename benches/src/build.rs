//! Builds the subjects. `cargo run --bin peers` builds only `peers`, so the driver calls cargo
//! itself.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Result;

/// The environment all subjects run in.
pub const SETTINGS: [(&str, &str); 2] = [
    // Else glibc hands the top of the heap back after every document and gets it again page by
    // page, unless a tool happens to keep a block up there, which would make that tool look faster
    // than none.
    ("MALLOC_TRIM_THRESHOLD_", "1073741824"),
    // hotpath's optional web server would only compete for the port with the one before.
    ("HOTPATH_METRICS_SERVER_OFF", "1"),
];

/// The folder of this workspace, where it was built.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The target directory this program was built into; everything it builds goes there too.
///
/// # Errors
///
/// When the system does not say where the program lies.
pub fn target() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target =
        program.ancestors().nth(2).ok_or("this program does not lie in a target directory")?;
    Ok(target.to_owned())
}

/// The cargo that started this program, else the one in the path.
pub fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Results are on stdout and must stay alone there.
    cargo.stdin(Stdio::null()).stdout(Stdio::null());
    cargo
}

/// Builds the subjects with a profile and returns the folder they are in.
///
/// # Errors
///
/// When cargo cannot be started or fails.
pub fn subjects(profile: &str) -> Result<PathBuf> {
    let target = target()?;
    // The second has features of its own, which would reach the others.
    for programs in [&["--bins"][..], &["--bin", "jemalloc_prof", "--features", "profiled"]] {
        let status = cargo()
            .args(["build", "--package", "memopt-subjects", "--profile", profile])
            .args(programs)
            .arg("--manifest-path")
            .arg(root().join("Cargo.toml"))
            .arg("--target-dir")
            .arg(&target)
            .status()?;
        if !status.success() {
            return Err(format!(
                "cargo could not build the subjects with the profile `{profile}`: {status}"
            )
            .into());
        }
    }
    Ok(target.join(profile))
}
