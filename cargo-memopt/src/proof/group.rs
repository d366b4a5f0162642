//! A command with all that it starts: run to the end, or ended together.

use crate::session::signals;
use std::hash::{DefaultHasher, Hasher};
use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// What was printed: how much, and a number that another text hardly has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    bytes: u64,
    hash: u64,
}

impl Said {
    /// Reads to the end and keeps none of it. What cannot be read is not compared.
    pub(crate) fn read(from: &mut impl Read) -> Self {
        let (mut hasher, mut bytes, mut buffer) = (DefaultHasher::new(), 0, vec![0; 64 << 10]);
        let mut filled = 0;
        loop {
            let read = match from.read(&mut buffer[filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read.unwrap_or(0),
            };
            filled += read;
            // Whole buffers are hashed: how a pipe cuts a text must not count.
            if read == 0 || filled == buffer.len() {
                hasher.write(&buffer[..filled]);
                bytes += filled as u64;
                filled = 0;
            }
            if read == 0 {
                return Self { bytes, hash: hasher.finish() };
            }
        }
    }
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) pid: u32,
    /// What it printed, where that is a pipe; nothing where a process that it left keeps it open.
    pub(crate) said: Option<Said>,
    /// It was ended because it ran longer than it may.
    pub(crate) is_late: bool,
}

/// What a process that was left may still print after the end of the command.
const REST: Duration = Duration::from_secs(2);

/// Runs a command to its end. At the limit, and at a signal to this process, it is killed with all
/// that it started.
pub(crate) fn run(command: &mut Command, limit: Option<Duration>) -> io::Result<Ended> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    let mut child = command.stdin(Stdio::null()).spawn()?;
    let (told, hear) = mpsc::channel();
    if let Some(mut stdout) = child.stdout.take() {
        // It ends with the pipe, which may be later than this function: nobody waits for it then.
        thread::spawn(move || told.send(Said::read(&mut stdout)));
    } else {
        drop(told);
    }
    let began = Instant::now();
    let mut pause = Duration::from_millis(1);
    let mut is_late = false;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        is_late = limit.is_some_and(|limit| began.elapsed() > limit);
        if is_late || signals::last().is_some() {
            kill(&mut child)?;
            break child.wait()?;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    };
    let pid = child.id();
    let said = match hear.recv_timeout(REST) {
        Err(mpsc::RecvTimeoutError::Timeout) => {
            kill(&mut child)?;
            hear.recv_timeout(REST).ok()
        }
        said => said.ok(),
    };
    Ok(Ended { status, pid, said, is_late })
}

/// Kills a process and those in its group.
fn kill(child: &mut Child) -> io::Result<()> {
    #[cfg(unix)]
    {
        // The shell has a `kill` of its own, where there is no such program.
        let mut kill = Command::new("sh");
        let script = format!("kill -KILL -{}", child.id());
        kill.args(["-c", &script]).stdout(Stdio::null()).stderr(Stdio::null());
        // Where there is no shell the process itself is killed below.
        let _ = kill.status();
    }
    // One that has ended already is none that fails.
    child.kill()
}

#[cfg(all(test, unix))]
mod tests {
    use super::{Said, run};
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdout(Stdio::piped()).stderr(Stdio::null());
        command
    }

    #[test]
    fn what_is_printed_is_told_apart_however_it_is_cut() {
        let whole = run(&mut shell("echo ab"), None).unwrap();
        let parts = run(&mut shell("printf a; sleep 0.05; echo b"), None).unwrap();
        assert!(whole.said.is_some());
        assert_eq!(whole.said, parts.said);
        assert_ne!(whole.said, run(&mut shell("echo ac"), None).unwrap().said);
        let long = vec![7; 200_000];
        let said = Said::read(&mut long.as_slice());
        assert_eq!(said.bytes, 200_000);
        assert_ne!(said, Said::read(&mut &long[1..]));
    }

    #[test]
    fn what_a_command_starts_ends_with_it() {
        let began = Instant::now();
        // At the limit ..
        let ended = run(&mut shell("sleep 600 & wait"), Some(Duration::from_millis(100))).unwrap();
        assert!(!ended.status.success() && ended.is_late);
        // .. and where it has ended, and a process that it left keeps the pipe.
        let left = run(&mut shell("echo a; sleep 600 &"), None).unwrap();
        assert!(left.status.success() && left.said.is_some() && !left.is_late);
        assert!(began.elapsed() < Duration::from_secs(120), "{:?}", began.elapsed());
    }
}
