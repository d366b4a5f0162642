//! Two builds of a program, run by turns, and what the runs say.

use super::group::{self, Said};
use crate::error::Error;
use crate::exit::Exit;
use memopt_report::Report;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a run did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    stdout: Said,
    /// The code it ended with.
    pub(crate) code: Option<i32>,
    pub(crate) allocs: u64,
    pub(crate) bytes: u64,
    pub(crate) reallocs: u64,
    pub(crate) cpu_ns: u64,
    /// The most resident bytes, where the system tells.
    pub(crate) resident: Option<u64>,
    /// How long it ran, so that one that never ends is told from it.
    wall: Duration,
}

/// How a program is run.
pub(crate) struct Place<'a> {
    pub(crate) args: &'a [OsString],
    /// The folder it is in.
    pub(crate) folder: &'a Path,
    pub(crate) environment: Vec<(&'static str, OsString)>,
    /// Whether what it prints has to be the same each time; its code always has.
    pub(crate) compares_output: bool,
    /// Where it writes its report; nothing else is in there.
    pub(crate) reports: PathBuf,
}

impl Run {
    /// Runs a program. One that is not done at the limit is ended.
    pub(crate) fn of(
        program: &Path,
        place: &Place<'_>,
        limit: Option<Duration>,
    ) -> Result<Self, Error> {
        Self::by(Command::new(program), program, place, limit)
    }

    /// Runs a program by a command that takes the program's own arguments.
    pub(super) fn by(
        mut command: Command,
        program: &Path,
        place: &Place<'_>,
        limit: Option<Duration>,
    ) -> Result<Self, Error> {
        let fresh = || {
            let _ = fs::remove_dir_all(&place.reports);
            fs::create_dir_all(&place.reports)
        };
        fresh().map_err(|error| Error::file("create", &place.reports, &error))?;
        command.args(place.args).current_dir(place.folder);
        command.envs(place.environment.iter().map(|(name, value)| (name, value)));
        // A program that it starts writes one too.
        let to = place.reports.join("{pid}.json");
        command.env("MEMOPT_REPORT", format!("json:{}", to.display()));
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let began = Instant::now();
        let ended = group::run(&mut command, limit);
        let ended = ended.map_err(|error| Error::file("run", program, &error))?;
        let wall = began.elapsed();
        let failed = |what: &str, next: &str| Error::new(Exit::ProgramFailed, what, next);
        if ended.is_late {
            let what = format!("the program was ended after {} s", wall.as_secs());
            let next = "it ran ten times as long as before: let it need no input and no other \
                        program, and run it again";
            return Err(failed(&what, next));
        }
        let stdout = ended.said.ok_or_else(|| {
            let next = "let it wait for what it starts, or give that another output";
            failed("a process that the program leaves keeps its output open", next)
        })?;
        let own = place.reports.join(format!("{}.json", ended.pid));
        let text = fs::read_to_string(own).map_err(|_| {
            let next = "it must end by an exit, not by a signal or `abort`";
            failed("the program wrote no report", next)
        })?;
        let read = Report::from_json(&text);
        let read = read.map_err(|error| Error::internal(format_args!("its report: {error}")))?;
        let (total, process) = (read.total(), read.process());
        Ok(Self {
            stdout: if place.compares_output { stdout } else { Said::default() },
            code: ended.status.code(),
            wall,
            allocs: total.allocs,
            bytes: total.bytes,
            reallocs: total.reallocs,
            cpu_ns: process.cpu_ns.unwrap_or(0),
            resident: process.peak_resident_bytes,
        })
    }

    /// How long another run of it may take: ten times as long.
    pub(crate) fn limit(&self) -> Duration {
        limit(self.wall)
    }

    /// Whether its output and its code are those of the other.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        self.stdout == other.stdout && self.code == other.code
    }
}

/// How long a run may take where one took so long: ten times that, and what a busy machine adds.
pub(crate) fn limit(wall: Duration) -> Duration {
    wall * 10 + Duration::from_secs(10)
}

/// What became of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Kept,
    /// Why it was taken back.
    Reverted(String),
    /// It seems to cost or to save time or memory, which may be others on the machine: more turns
    /// tell.
    Doubtful(String),
}

/// What counts of two runs that each report a little otherwise, as a share.
const SLACK: f64 = 0.001;
/// Times and pages vary: only a median that is off by more than this counts, and only where the
/// sign test says that chance alone hardly makes so many pairs so.
const NOISE: f64 = 0.05;
/// .. and by more than this: a program of a few milliseconds varies by more.
const NOISE_CPU_NS: f64 = 2_000_000.0;
/// .. and these bytes of resident memory.
const NOISE_RESIDENT: f64 = (512 << 10) as f64;
/// What memory must fall by so that a few more blocks are no harm: a value in a box of its own.
const MUCH: f64 = 0.05;
/// .. and how many more blocks are a few.
const FEW: f64 = 0.05;
/// One more reallocation is no harm where so many blocks are saved: a text that is written in parts
/// may grow once more.
const BLOCKS_A_REALLOC: f64 = 100.0;
/// What instructions may rise by, and must fall by to be a gain: tables with random seeds vary.
const INSTRUCTIONS: f64 = 0.02;
/// What is told where all is as before.
const EVEN: &str = "nothing got better";
/// Pairs of runs from which a change of time or of memory is believed.
pub(crate) const PAIRS_FOR_TIME: usize = 7;
/// How likely it may be that chance alone makes as many of them better, or worse.
const CHANCE: f64 = 0.05;

/// Whether turns are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turns {
    /// Where it is doubtful, more may be asked for.
    Left,
    /// What these pairs do not tell counts neither for the edit nor against it.
    Done,
}

/// Judges runs by turns: `pairs` are the program as it was and with the change. One that
/// `frees_memory` may make a few blocks more, where it holds much less.
///
/// Counts are exact, and decide by themselves. Times and pages are not: a rise of them takes an
/// edit back only where it is beyond chance, as a fall of them keeps one only there.
pub(crate) fn judge(pairs: &[(Run, Run)], frees_memory: bool, turns: Turns) -> Decision {
    let revert = |why: &str| Decision::Reverted(why.to_owned());
    let Some((first, _)) = pairs.first() else { return revert("it was not run") };
    if pairs.iter().any(|(before, _)| !before.says_the_same(first)) {
        return revert("the program prints something else each time; nothing can be compared");
    }
    if pairs.iter().any(|(before, after)| !before.says_the_same(after)) {
        return revert("the program prints something else with it");
    }
    let allocs = change(pairs, |run| run.allocs as f64);
    let bytes = change(pairs, |run| run.bytes as f64);
    let reallocs = change(pairs, |run| run.reallocs as f64);
    if bytes.share > 10.0 * SLACK {
        return revert("it allocates more bytes");
    }
    let most = if frees_memory && bytes.share < -MUCH { FEW } else { SLACK };
    if allocs.share > most {
        return revert("it allocates more blocks");
    }
    if reallocs.share > SLACK && reallocs.median > -allocs.median / BLOCKS_A_REALLOC {
        return revert("it reallocates more");
    }
    let cpu = noisy(pairs, |run| run.cpu_ns as f64, NOISE_CPU_NS);
    let resident = if knows_memory(pairs) {
        noisy(pairs, |run| run.resident.unwrap_or(0) as f64, NOISE_RESIDENT)
    } else {
        Noisy::Even
    };
    let rises = [(cpu, "it takes more CPU time"), (resident, "it holds more memory")];
    for (noisy, why) in rises {
        match (noisy, turns) {
            (Noisy::Rises, _) => return revert(why),
            (Noisy::MayRise, Turns::Left) => return Decision::Doubtful(why.to_owned()),
            _ => {}
        }
    }
    if [allocs, bytes, reallocs].iter().any(|gain| gain.share <= -SLACK) {
        return Decision::Kept;
    }
    // An arena serves as many blocks as before, in less time.
    match (cpu, turns) {
        (Noisy::Falls, _) => Decision::Kept,
        (Noisy::MayFall, Turns::Left) => Decision::Doubtful("it may be faster".to_owned()),
        _ => revert(EVEN),
    }
}

/// Judges once more, by the share that instructions changed by. They prove no gain where something
/// else got worse, and a rise of them is harm.
pub(crate) fn judge_instructions(decision: Decision, change: f64) -> Decision {
    match decision {
        Decision::Kept if change > INSTRUCTIONS => {
            Decision::Reverted("it executes more instructions".to_owned())
        }
        Decision::Reverted(why) if why == EVEN && change < -INSTRUCTIONS => Decision::Kept,
        decision => decision,
    }
}

impl Decision {
    /// Whether the number of instructions may make it another one.
    pub(crate) fn asks_for_instructions(&self) -> bool {
        match self {
            Self::Kept => true,
            Self::Reverted(why) => why == EVEN,
            Self::Doubtful(_) => false,
        }
    }
}

/// Whether the system told the peak of resident memory, so that it is judged.
pub(crate) fn knows_memory(pairs: &[(Run, Run)]) -> bool {
    pairs.iter().all(|(before, after)| before.resident.is_some() && after.resident.is_some())
}

/// What pairs say of a quantity that varies from run to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Noisy {
    /// Beyond chance.
    Rises,
    /// By the median, which may be chance.
    MayRise,
    Even,
    MayFall,
    Falls,
}

/// How a quantity changes of which less than `noise` says nothing.
fn noisy(pairs: &[(Run, Run)], of: fn(&Run) -> f64, noise: f64) -> Noisy {
    let change = change(pairs, of);
    let is_sure = |moved: fn(f64, f64) -> bool| {
        let moved = pairs.iter().filter(|(old, new)| moved(of(old), of(new))).count();
        pairs.len() >= PAIRS_FOR_TIME && by_chance(moved, pairs.len()) <= CHANCE
    };
    if change.share > NOISE && change.median > noise {
        if is_sure(|old, new| new > old) { Noisy::Rises } else { Noisy::MayRise }
    } else if change.share < -NOISE && change.median < -noise {
        if is_sure(|old, new| new < old) { Noisy::Falls } else { Noisy::MayFall }
    } else {
        Noisy::Even
    }
}

/// What changes with an edit: medians over the pairs.
#[derive(Clone, Copy, Debug)]
struct Change {
    median: f64,
    /// By what was before.
    share: f64,
}

fn change(pairs: &[(Run, Run)], of: fn(&Run) -> f64) -> Change {
    let median = |one: &dyn Fn(f64, f64) -> f64| {
        let mut all: Vec<f64> = pairs.iter().map(|(old, new)| one(of(old), of(new))).collect();
        all.sort_by(f64::total_cmp);
        let half = all.len() / 2;
        if all.len().is_multiple_of(2) {
            f64::midpoint(all[half - 1], all[half])
        } else {
            all[half]
        }
    };
    Change {
        median: median(&|old, new| new - old),
        // Nothing of nothing is no gain.
        share: median(&|old, new| (new - old) / old.max(1.0)),
    }
}

/// How likely at least `wins` of `pairs` are won where both are as good: the sign test.
fn by_chance(wins: usize, pairs: usize) -> f64 {
    // The number of ways to win `n` of them.
    let mut ways = 1.0;
    let mut sum = 0.0;
    for n in 0..=pairs {
        if n >= wins {
            sum += ways;
        }
        ways *= (pairs - n) as f64 / (n + 1) as f64;
    }
    sum / 2.0_f64.powi(i32::try_from(pairs).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests;
