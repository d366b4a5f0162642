//! How many instructions a run executes, counted by valgrind where it is there: of most programs
//! they hardly vary. Of a program with threads they may, which two runs of it tell.

use super::trial::{Place, Run};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// CPU time of a run, ns, up to which it is counted: it takes about fifty times as long so.
const COUNTED_NS: u64 = 1_000_000_000;
/// What a counted run may take, times what a plain one took, and beside that.
const SLOWER: u32 = 300;
const AT_LEAST: Duration = Duration::from_secs(60);

/// What counts: the program that is started in place of the user's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counter {
    command: &'static str,
}

impl Counter {
    /// It, where there is a valgrind that starts.
    pub(crate) fn find() -> Option<Self> {
        let found = Self { command: "valgrind" };
        let mut command = Command::new(found.command);
        command.arg("--version").stdin(Stdio::null());
        let said = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        said.is_ok_and(|status| status.success()).then_some(found)
    }

    /// The instructions of a run, of which `plain` is one without it. `None` where it would take
    /// too long, and where the program does not do the same under valgrind.
    pub(crate) fn count(self, program: &Path, place: &Place<'_>, plain: &Run) -> Option<u64> {
        if plain.cpu_ns > COUNTED_NS {
            return None;
        }
        // Beside the folder of reports, which is made anew.
        let log = place.reports.with_extension("valgrind");
        let _ = fs::remove_file(&log);
        let mut command = Command::new(self.command);
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        let mut to = std::ffi::OsString::from("--log-file=");
        to.push(&log);
        command.arg(to).arg("--").arg(program);
        let limit = plain.limit() / 10 * SLOWER + AT_LEAST;
        let counted = Run::by(command, program, place, Some(limit)).ok()?;
        let text = fs::read_to_string(&log).ok()?;
        counted.says_the_same(plain).then(|| collected(&text))?
    }
}

/// Two runs of one program that are off by more say nothing of an edit, as a share.
const AGREE: f64 = 0.005;

/// How many instructions a program executes, by the runs so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Steady {
    /// One run alone: the next may tell another number.
    Once(u64),
    /// As many in each run.
    Yes(u64),
    /// Another number from run to run.
    No,
}

impl Steady {
    /// What is known, asking for the runs that it needs; `None` where one cannot be counted.
    pub(crate) fn ask(known: Option<Self>, mut count: impl FnMut() -> Option<u64>) -> Option<Self> {
        let first = match known {
            Some(Self::Once(first)) => first,
            Some(known) => return Some(known),
            None => count()?,
        };
        let second = count()?;
        let is_so = first.abs_diff(second) as f64 <= AGREE * first as f64;
        Some(if is_so { Self::Yes(first) } else { Self::No })
    }
}

/// The number in what callgrind writes: `==7== Collected : 123`.
fn collected(log: &str) -> Option<u64> {
    let line = log.lines().find_map(|line| line.split_once("Collected :"))?;
    line.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Steady, collected};

    #[test]
    fn the_number_is_read() {
        let log = "==7== Events    : Ir\n==7== Collected : 1234567\n==7== \n";
        assert_eq!(collected(log), Some(1_234_567));
        assert_eq!(collected("==7== Events    : Ir\n"), None);
    }
    #[test]
    fn two_runs_say_whether_they_vary() {
        let ask = |known, counts: &[u64]| {
            let mut counts = counts.iter().copied();
            let said = Steady::ask(known, || counts.next());
            assert_eq!(counts.next(), None, "no run more than it takes");
            said
        };
        assert_eq!(ask(None, &[1000, 1005]), Some(Steady::Yes(1000)));
        assert_eq!(ask(None, &[1000, 994]), Some(Steady::No));
        // Of an edit that was kept one run is there.
        assert_eq!(ask(Some(Steady::Once(1000)), &[1001]), Some(Steady::Yes(1000)));
        assert_eq!(ask(Some(Steady::No), &[]), Some(Steady::No));
        assert_eq!(ask(Some(Steady::Yes(7)), &[]), Some(Steady::Yes(7)));
        assert_eq!(ask(None, &[1000]), None);
    }
}
