//! Prints, as one JSON object, how much memory a scope arena keeps when a little of what was
//! allocated in it survives: see the README of this folder.

use std::path::Path;
use std::process::{Command, ExitCode};

use memopt_benches::{Result, build};
use serde::Serialize;

/// How much more than without the arena may stay resident.
const LIMIT: i64 = 16 << 20;

/// The result.
#[derive(Serialize)]
struct Row {
    bench: &'static str,
    /// Resident bytes of the program whose documents are parsed under an arena.
    arena: i64,
    /// The same program without.
    plain: i64,
    more: i64,
    limit: i64,
    met: bool,
}

fn main() -> ExitCode {
    memopt_benches::exit(run)
}

fn run() -> Result<bool> {
    let folder = build::subjects("release")?;
    let (plain, arena) = (resident(&folder, "0")?, resident(&folder, "1")?);
    let more = arena - plain;
    let met = more <= LIMIT;
    println!(
        "{}",
        serde_json::to_string(&Row { bench: "survivors", arena, plain, more, limit: LIMIT, met })?
    );
    Ok(met)
}

/// Resident bytes of the program at its end. It runs with the heap's own settings: that memory is
/// given back is the point.
fn resident(folder: &Path, arena: &str) -> Result<i64> {
    let output = Command::new(folder.join("documents")).arg(arena).output()?;
    let said = String::from_utf8(output.stdout)?;
    said.trim().parse().map_err(|_| {
        format!("the program `documents` failed: {}", String::from_utf8_lossy(&output.stderr))
            .into()
    })
}
