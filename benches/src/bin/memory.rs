//! Prints, one JSON object a line, how much memory memopt keeps, beside what it may: see the README
//! of this folder.

use std::path::Path;
use std::process::{Command, ExitCode};

use memopt_benches::{Result, build};
use serde::Serialize;

const MIB: i64 = 1 << 20;

/// A case and its bar.
struct Case {
    name: &'static str,
    /// The case of the program `footprint`.
    program: &'static str,
    sites: u64,
    threads: u64,
    /// Whether the same program without scopes, or without samples, is taken off, rather than only
    /// what it had at first.
    against_plain: bool,
    limit: i64,
}

const CASES: [Case; 6] = [
    Case {
        name: "calls_100m",
        program: "long",
        sites: 1,
        threads: 1,
        against_plain: false,
        limit: MIB - 1,
    },
    Case {
        name: "calls_100m_200_sites",
        program: "long",
        sites: 200,
        threads: 1,
        against_plain: false,
        limit: MIB - 1,
    },
    Case {
        name: "sites_200_threads_8",
        program: "together",
        sites: 200,
        threads: 8,
        against_plain: true,
        limit: 8 * MIB,
    },
    Case {
        name: "sites_1000_threads_16",
        program: "together",
        sites: 1000,
        threads: 16,
        against_plain: true,
        limit: 64 * MIB,
    },
    Case {
        name: "sampled_1gib",
        program: "untouched",
        sites: 1,
        threads: 1,
        against_plain: true,
        limit: 16 * MIB,
    },
    // Flat: what the allocator's own arenas move by is left, nothing that follows the number of
    // threads: 9000 threads that left 120 bytes each would be seen.
    Case {
        name: "threads_10k",
        program: "come_and_go",
        sites: 20,
        threads: 8,
        against_plain: false,
        limit: MIB - 1,
    },
];

/// One result.
#[derive(Serialize)]
struct Row {
    bench: &'static str,
    sites: u64,
    threads: u64,
    /// Resident bytes more than before, or than the same program without scopes.
    grown: i64,
    limit: i64,
    met: bool,
}

fn main() -> ExitCode {
    memopt_benches::exit(run)
}

fn run() -> Result<bool> {
    let folder = build::subjects("release")?;
    let mut all_met = true;
    for case in CASES {
        let (before, after) = measure(&folder, &case, true)?;
        let grown = if case.against_plain {
            after - measure(&folder, &case, false)?.1
        } else {
            after - before
        };
        let met = grown <= case.limit;
        all_met &= met;
        let Case { name: bench, sites, threads, limit, .. } = case;
        println!("{}", serde_json::to_string(&Row { bench, sites, threads, grown, limit, met })?);
    }
    Ok(all_met)
}

/// Resident bytes before and after a case.
fn measure(folder: &Path, case: &Case, enter: bool) -> Result<(i64, i64)> {
    let output = Command::new(folder.join("footprint"))
        .args([
            case.program,
            &case.sites.to_string(),
            &case.threads.to_string(),
            if enter { "1" } else { "0" },
        ])
        .output()?;
    let said = String::from_utf8(output.stdout)?;
    let numbers =
        said.trim().split_once(' ').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    numbers.ok_or_else(|| {
        format!("the case `{}` failed: {}", case.name, String::from_utf8_lossy(&output.stderr))
            .into()
    })
}
