//! Two builds of a program, run by turns, and what the runs say.

use crate::error::Error;
use crate::exit::Exit;
use memopt_report::Report;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// What a run did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    stdout: Vec<u8>,
    code: Option<i32>,
    pub(crate) allocs: u64,
    pub(crate) bytes: u64,
    pub(crate) reallocs: u64,
    pub(crate) cpu_ns: u64,
    pub(crate) resident: u64,
}

impl Run {
    /// Runs a program that writes its report to `report`.
    pub(crate) fn of(
        program: &Path,
        args: &[OsString],
        folder: &Path,
        report: &Path,
    ) -> Result<Self, Error> {
        let _ = fs::remove_file(report);
        let mut command = Command::new(program);
        command.args(args).current_dir(folder);
        command.env("MEMOPT_REPORT", format!("json:{}", report.display()));
        command.stdin(Stdio::null()).stderr(Stdio::null());
        let output = command.output().map_err(|error| Error::file("run", program, &error))?;
        let text = fs::read_to_string(report).map_err(|_| {
            Error::new(
                Exit::ProgramFailed,
                "the program wrote no report",
                "it must end by an exit, not by a signal or `abort`",
            )
        })?;
        let read = Report::from_json(&text);
        let read = read.map_err(|error| Error::internal(format_args!("its report: {error}")))?;
        let (total, process) = (read.total(), read.process());
        Ok(Self {
            stdout: output.stdout,
            code: output.status.code(),
            allocs: total.allocs,
            bytes: total.bytes,
            reallocs: total.reallocs,
            cpu_ns: process.cpu_ns.unwrap_or(0),
            resident: process.peak_resident_bytes.unwrap_or(0),
        })
    }

    /// Whether people could tell this run from the other.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        self.stdout == other.stdout && self.code == other.code
    }
}

/// What became of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Kept,
    /// Why it was taken back.
    Reverted(String),
}

/// How much more of a quantity counts as harm: counts vary a little with the machine's load.
const SLACK: f64 = 0.001;
/// Times and pages vary; what is worse in every turn by more than this is harm.
const NOISE: f64 = 0.05;

/// Judges runs by turns: `pairs` are the program as it was and with the change.
pub(crate) fn judge(pairs: &[(Run, Run)]) -> Decision {
    let revert = |why: &str| Decision::Reverted(why.to_owned());
    let Some((first, _)) = pairs.first() else { return revert("it was not run") };
    if pairs.iter().any(|(before, _)| !before.says_the_same(first)) {
        return revert("the program prints something else each time; nothing can be compared");
    }
    if pairs.iter().any(|(before, after)| !before.says_the_same(after)) {
        return revert("the program prints something else with it");
    }
    let share = |of: fn(&Run) -> u64, all: bool| {
        // Nothing of nothing is no gain.
        let change = |(before, after): &(Run, Run)| {
            let (old, new) = (of(before) as f64, of(after) as f64);
            (new - old) / old.max(1.0)
        };
        let ratios = pairs.iter().map(change);
        // The most favourable turn where all must agree, else the median.
        let mut ratios: Vec<f64> = ratios.collect();
        ratios.sort_by(f64::total_cmp);
        if all { ratios[0] } else { ratios[ratios.len() / 2] }
    };
    let (allocs, bytes) = (share(|run| run.allocs, false), share(|run| run.bytes, false));
    let reallocs = share(|run| run.reallocs, false);
    if allocs > SLACK {
        return revert("it allocates more blocks");
    }
    if bytes > 10.0 * SLACK {
        return revert("it allocates more bytes");
    }
    if share(|run| run.cpu_ns, true) > NOISE {
        return revert("it takes more CPU time in every turn");
    }
    if share(|run| run.resident, true) > NOISE {
        return revert("it holds more memory in every turn");
    }
    let gains = [allocs, bytes, reallocs];
    if gains.iter().all(|gain| *gain > -SLACK) {
        return revert("nothing got better");
    }
    Decision::Kept
}

#[cfg(test)]
mod tests {
    use super::{Decision, Run, judge};

    fn run(allocs: u64, bytes: u64, cpu_ns: u64, says: &str) -> Run {
        let (stdout, code) = (says.as_bytes().to_vec(), Some(0));
        Run { stdout, code, allocs, bytes, reallocs: 0, cpu_ns, resident: 1 << 20 }
    }

    fn of(after: &Run) -> Decision {
        let before = run(1000, 10_000, 100, "x");
        judge(&[(before.clone(), after.clone()), (before, after.clone())])
    }

    #[test]
    fn what_saves_blocks_and_harms_nothing_is_kept() {
        assert_eq!(of(&run(900, 10_000, 101, "x")), Decision::Kept);
        assert_eq!(of(&run(1000, 9_000, 101, "x")), Decision::Kept);
    }

    #[test]
    fn what_harms_is_taken_back() {
        for (after, why) in [
            (run(900, 10_000, 100, "y"), "prints something else with it"),
            (run(1010, 9_000, 100, "x"), "more blocks"),
            (run(900, 11_000, 100, "x"), "more bytes"),
            (run(900, 10_000, 120, "x"), "more CPU time"),
            (run(1000, 10_000, 100, "x"), "nothing got better"),
        ] {
            let Decision::Reverted(reason) = of(&after) else { panic!("{why}") };
            assert!(reason.contains(why), "{reason}");
        }
    }
}
