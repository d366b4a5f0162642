//! How many instructions a run executes, counted by valgrind where it is there: unlike times they
//! hardly vary, and one run tells.

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

/// The number in what callgrind writes: `==7== Collected : 123`.
fn collected(log: &str) -> Option<u64> {
    let line = log.lines().find_map(|line| line.split_once("Collected :"))?;
    line.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::collected;

    #[test]
    fn the_number_is_read() {
        let log = "==7== Events    : Ir\n==7== Collected : 1234567\n==7== \n";
        assert_eq!(collected(log), Some(1_234_567));
        assert_eq!(collected("==7== Events    : Ir\n"), None);
    }
}
