//! Instructions per iteration, by valgrind's callgrind: the same figure on every machine with the
//! same libraries, where time is not.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::plan::Planned;
use crate::row::{Row, round};
use crate::{Result, build};

/// Whether valgrind is installed.
pub fn available() -> bool {
    let version = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// Fills in the instructions of the rows of one thread.
///
/// # Errors
///
/// When a program fails under valgrind.
pub fn add(folder: &Path, planned: Planned, rows: &mut [Row]) -> Result<()> {
    let Some(counts) = planned.counted else { return Ok(()) };
    let work: Vec<&mut Row> = rows.iter_mut().filter(|row| applies(row)).collect();
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let queue = Mutex::new(work);
    let failure = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(row) = pop(&queue) {
                    match count(folder, planned, row.subject, share(row.subject, counts)) {
                        Ok(instructions) => row.instructions = Some(round(instructions)),
                        Err(error) => *lock(&failure) = Some(error.to_string()),
                    }
                }
            });
        }
    });
    failure
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .map_or(Ok(()), |error| Err(error.into()))
}

fn pop<'row>(queue: &Mutex<Vec<&'row mut Row>>) -> Option<&'row mut Row> {
    lock(queue).pop()
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    // A holder that panicked left a whole row or none.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Threads take turns under valgrind, so only one thread is counted; a backtrace for each block of
/// a document would take minutes.
fn applies(row: &Row) -> bool {
    row.threads == 1 && (row.subject != "dhat" || row.bench.contains("alloc64"))
}

/// The iterations to count: fewer for the one tool whose iteration takes 15 000 instructions.
fn share(subject: &str, (few, many): (u64, u64)) -> (u64, u64) {
    if subject == "dhat" { (few / 32, many / 32) } else { (few, many) }
}

/// Instructions of one iteration: the signed sum over the parts of the bench of the difference
/// between the two counts.
fn count(folder: &Path, planned: Planned, subject: &str, (few, many): (u64, u64)) -> Result<f64> {
    let subject =
        planned.subjects.iter().find(|known| known.name == subject).ok_or("a known subject")?;
    let program = folder.join(subject.program);
    let bench = &subject.asks(planned.bench);
    let mut sum = 0.0;
    for part in 0.. {
        let Some((sign, first)) = run(&program, bench, part, few)? else { break };
        let Some((_, second)) = run(&program, bench, part, many)? else { break };
        sum += sign * (second - first) / (many - few) as f64;
    }
    Ok(sum)
}

/// Sign and instructions of a whole run; `None` when the bench has no such part.
fn run(program: &Path, bench: &str, part: u64, iterations: u64) -> Result<Option<(f64, f64)>> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["count", bench, &part.to_string(), &iterations.to_string()])
        .envs(build::SETTINGS)
        .stdin(Stdio::null())
        .output()?;
    let said = String::from_utf8(output.stdout)?;
    if said.trim() == "absent" {
        return Ok(None);
    }
    let log = String::from_utf8_lossy(&output.stderr);
    let collected =
        log.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    match (said.trim().parse(), collected) {
        (Ok(sign), Some(collected)) => Ok(Some((sign, collected))),
        _ => Err(format!("`{}` does not run under valgrind:\n{log}", program.display()).into()),
    }
}
