//! Two builds of a program, run by turns, and what the runs say.

use crate::error::Error;
use crate::exit::Exit;
use memopt_report::Report;
use std::ffi::OsString;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

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
    /// How long it ran, so that one that never ends is told from it.
    wall: Duration,
}

impl Run {
    /// Runs a program that writes its report to `report`. One that runs ten times as long as
    /// `than` did is ended.
    pub(crate) fn of(
        program: &Path,
        args: &[OsString],
        folder: &Path,
        report: &Path,
        than: Option<&Self>,
    ) -> Result<Self, Error> {
        let _ = fs::remove_file(report);
        let mut command = Command::new(program);
        command.args(args).current_dir(folder);
        command.env("MEMOPT_REPORT", format!("json:{}", report.display()));
        command.stdin(Stdio::null()).stderr(Stdio::null());
        let began = Instant::now();
        let limit = than.map(|other| other.wall * 10 + Duration::from_secs(10));
        let output = ended(&mut command, limit);
        let output = output.map_err(|error| Error::file("run", program, &error))?;
        let wall = began.elapsed();
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
            stdout: output.0,
            code: output.1.code(),
            wall,
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

/// Runs to the end, or to the limit. What is printed is read while it runs.
fn ended(command: &mut Command, limit: Option<Duration>) -> io::Result<(Vec<u8>, ExitStatus)> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let mut stdout = child.stdout.take();
    let read = thread::spawn(move || {
        let mut bytes = Vec::new();
        // What cannot be read is not compared; the program's code is.
        let _ = stdout.as_mut().map(|stdout| stdout.read_to_end(&mut bytes));
        bytes
    });
    let began = Instant::now();
    let mut pause = Duration::from_millis(1);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if limit.is_some_and(|limit| began.elapsed() > limit) {
            child.kill()?;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    };
    Ok((read.join().unwrap_or_default(), status))
}

/// What became of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Kept,
    /// Why it was taken back.
    Reverted(String),
    /// It seems to cost time or memory, which other programs may do too: more turns tell.
    Doubtful(String),
}

/// What counts of two runs that each report a little otherwise, as a share.
const SLACK: f64 = 0.001;
/// Times and pages vary; what is worse in every turn by more than this is harm.
const NOISE: f64 = 0.05;
/// .. and by more than this: a program of a few milliseconds varies by more.
const NOISE_CPU_NS: u64 = 2_000_000;
/// .. and these bytes of resident memory.
const NOISE_RESIDENT: u64 = 512 << 10;
/// What memory must fall by so that a few more blocks are no harm: a value in a box of its own.
const MUCH: f64 = 0.05;

/// Judges runs by turns: `pairs` are the program as it was and with the change. One that
/// `frees_memory` may make a few blocks more, where it holds much less.
pub(crate) fn judge(pairs: &[(Run, Run)], frees_memory: bool) -> Decision {
    let revert = |why: &str| Decision::Reverted(why.to_owned());
    let Some((first, _)) = pairs.first() else { return revert("it was not run") };
    if pairs.iter().any(|(before, _)| !before.says_the_same(first)) {
        return revert("the program prints something else each time; nothing can be compared");
    }
    if pairs.iter().any(|(before, after)| !before.says_the_same(after)) {
        return revert("the program prints something else with it");
    }
    let share = |of: fn(&Run) -> u64| {
        // Nothing of nothing is no gain.
        let change = |(before, after): &(Run, Run)| {
            let (old, new) = (of(before) as f64, of(after) as f64);
            (new - old) / old.max(1.0)
        };
        let mut ratios: Vec<f64> = pairs.iter().map(change).collect();
        ratios.sort_by(f64::total_cmp);
        ratios[ratios.len() / 2]
    };
    let worse = |of: fn(&Run) -> u64, least: u64| {
        let is_worse =
            |old: u64, new: u64| new as f64 > old as f64 * (1.0 + NOISE) && new > old + least;
        // What others do to the machine adds to both; the least of each has least of it.
        let old = pairs.iter().map(|(before, _)| of(before)).min().unwrap_or(0);
        let new = pairs.iter().map(|(_, after)| of(after)).min().unwrap_or(0);
        is_worse(old, new) && pairs.iter().all(|(before, after)| is_worse(of(before), of(after)))
    };
    let (allocs, bytes) = (share(|run| run.allocs), share(|run| run.bytes));
    let reallocs = share(|run| run.reallocs);
    if bytes > 10.0 * SLACK {
        return revert("it allocates more bytes");
    }
    if allocs > SLACK && !(frees_memory && bytes < -MUCH) {
        return revert("it allocates more blocks");
    }
    if worse(|run| run.cpu_ns, NOISE_CPU_NS) {
        return Decision::Doubtful("it takes more CPU time in every turn".to_owned());
    }
    if worse(|run| run.resident, NOISE_RESIDENT) {
        return Decision::Doubtful("it holds more memory in every turn".to_owned());
    }
    // An arena serves as many blocks as before, in less time.
    let is_faster = pairs.iter().all(|(before, after)| {
        let (old, new) = (before.cpu_ns, after.cpu_ns);
        (new as f64) < old as f64 * (1.0 - NOISE) && new + NOISE_CPU_NS < old
    });
    let gains = [allocs, bytes, reallocs];
    if gains.iter().all(|gain| *gain > -SLACK) && !is_faster {
        return revert("nothing got better");
    }
    Decision::Kept
}

#[cfg(test)]
mod tests {
    use super::{Decision, Run, judge};
    use std::time::Duration;

    fn run(allocs: u64, bytes: u64, cpu_ns: u64, says: &str) -> Run {
        let (stdout, code) = (says.as_bytes().to_vec(), Some(0));
        Run {
            stdout,
            code,
            allocs,
            bytes,
            reallocs: 0,
            cpu_ns,
            resident: 1 << 20,
            wall: Duration::ZERO,
        }
    }

    fn of(after: &Run) -> Decision {
        judged(after, false)
    }

    fn judged(after: &Run, frees_memory: bool) -> Decision {
        let before = run(1000, 10_000, 100, "x");
        judge(&[(before.clone(), after.clone()), (before, after.clone())], frees_memory)
    }

    #[test]
    fn what_saves_blocks_and_harms_nothing_is_kept() {
        assert_eq!(of(&run(900, 10_000, 101, "x")), Decision::Kept);
        assert_eq!(of(&run(1000, 9_000, 101, "x")), Decision::Kept);
        // A few blocks more for much less memory: what is large is in a box of its own.
        assert_eq!(judged(&run(1010, 5_000, 100, "x"), true), Decision::Kept);
        assert_ne!(judged(&run(1010, 9_900, 100, "x"), true), Decision::Kept);
    }

    #[test]
    fn what_takes_less_time_in_every_turn_is_kept() {
        let (before, after) =
            (run(1000, 10_000, 50_000_000, "x"), run(1000, 10_000, 40_000_000, "x"));
        let pair = (before.clone(), after);
        assert_eq!(judge(&[pair.clone(), pair.clone()], false), Decision::Kept);
        assert_ne!(judge(&[pair, (before.clone(), before)], false), Decision::Kept);
    }

    #[test]
    fn what_harms_is_taken_back() {
        for (after, why) in [
            (run(900, 10_000, 100, "y"), "prints something else with it"),
            (run(1010, 9_000, 100, "x"), "more blocks"),
            (run(900, 11_000, 100, "x"), "more bytes"),
            (run(1000, 10_000, 100, "x"), "nothing got better"),
        ] {
            let Decision::Reverted(reason) = of(&after) else { panic!("{why}") };
            assert!(reason.contains(why), "{reason}");
        }
        let Decision::Doubtful(reason) = of(&run(900, 10_000, 12_000_000, "x")) else { panic!() };
        assert!(reason.contains("more CPU time"), "{reason}");
    }
}
