//! Lets programs take turns: all are started, then each in its turn works for about a millisecond
//! while the others wait.
//!
//! A shared machine changes its speed from second to second, so two programs measured one after the
//! other are not comparable. In turns, both meet the same machine within milliseconds, and each
//! turn gives one ratio.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::plan::{Planned, Subject};
use crate::row::Row;
use crate::{Result, build, plan};

/// A subject that is slower by this factor than the baseline is left out of some turns, so that it
/// does not take all the time.
const SLOW: f64 = 6.0;

/// A started program that waits for its turn.
struct Program {
    subject: &'static str,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// Takes part in every turn whose number this divides.
    stride: u64,
}

impl Program {
    /// Starts a program; `None` when it has no such bench.
    fn start(
        folder: &Path,
        subject: &Subject,
        planned: Planned,
        threads: u64,
    ) -> Result<Option<Self>> {
        let bench = subject.asks(planned.bench);
        let mut child = Command::new(folder.join(subject.program))
            .args(["turns", &bench, &threads.to_string(), &planned.microseconds.to_string()])
            .envs(build::SETTINGS)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("the subject `{}` does not start: {error}", subject.name))?;
        let input = child.stdin.take().ok_or("a piped stdin is there")?;
        let mut output = BufReader::new(child.stdout.take().ok_or("a piped stdout is there")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        match line.trim() {
            "ready" => Ok(Some(Self { subject: subject.name, child, input, output, stride: 1 })),
            "absent" => {
                child.wait()?;
                Ok(None)
            }
            _ => Err(format!("the subject `{}` ended before its first turn", subject.name).into()),
        }
    }

    /// One turn: nanoseconds per iteration, `None` where its threads did not run at the same time,
    /// and how long the whole turn took.
    fn turn(&mut self) -> Result<(Option<f64>, Duration)> {
        let start = Instant::now();
        self.input.write_all(b"\n")?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        let nanoseconds = match line.trim() {
            "apart" => None,
            text => Some(
                text.parse()
                    .map_err(|_| format!("the subject `{}` ended in its turn", self.subject))?,
            ),
        };
        Ok((nanoseconds, start.elapsed()))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It only waits for a turn that does not come.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Measures one bench with the programs in a folder, and gives a row for each that has it.
///
/// # Errors
///
/// When a program does not start or ends too early.
pub fn measure(
    folder: &Path,
    profile: &'static str,
    planned: Planned,
    threads: u64,
    effort: u64,
) -> Result<Vec<Row>> {
    let mut taken: Vec<(&'static str, Vec<(f64, f64)>)> =
        planned.subjects.iter().map(|subject| (subject.name, Vec::new())).collect();
    let time = Duration::from_secs(planned.seconds) * effort as u32 / 100 / plan::LAUNCHES;
    let mut slow = Vec::new();
    for number in 0..plan::LAUNCHES {
        let mut programs = Vec::new();
        for subject in planned.subjects {
            if number % 2 == 1 && slow.contains(&subject.name) {
                continue;
            }
            programs.extend(Program::start(folder, subject, planned, threads)?);
        }
        let baseline = planned.subjects[0].name;
        if programs.first().is_none_or(|program| program.subject != baseline) {
            return Err(format!(
                "the baseline `{baseline}` does not have the bench `{}`",
                planned.bench
            )
            .into());
        }
        launch(&mut programs, time, &mut taken)?;
        slow.extend(
            programs.iter().filter(|program| program.stride > 1).map(|program| program.subject),
        );
    }
    let row = |(subject, turns): &(&'static str, Vec<_>)| {
        Row::new(planned.bench, subject, profile, threads, turns)
    };
    Ok(taken.iter().filter_map(row).collect())
}

/// All turns of one launch: as many as fit into the time, at least two. The first program is the
/// baseline; a first turn of each is not counted.
fn launch(
    programs: &mut [Program],
    time: Duration,
    taken: &mut [(&'static str, Vec<(f64, f64)>)],
) -> Result<()> {
    let mut baseline = None;
    for program in programs.iter_mut() {
        let (_, length) = program.turn()?;
        let baseline = *baseline.get_or_insert(length);
        let slowness = length.as_secs_f64() / baseline.as_secs_f64();
        program.stride = if slowness > SLOW { (slowness / 2.0) as u64 } else { 1 };
    }
    let start = Instant::now();
    for turn in 0..plan::TURNS {
        if turn > 1 && start.elapsed() > time {
            break;
        }
        let mut nanoseconds = vec![None; programs.len()];
        for step in 0..programs.len() {
            // Whoever follows a program finds its caches: each turn begins with another one.
            let at = (step + turn as usize) % programs.len();
            if turn % programs[at].stride == 0 {
                nanoseconds[at] = programs[at].turn()?.0;
            }
        }
        let Some(baseline) = nanoseconds[0] else { continue };
        for (program, own) in programs.iter().zip(nanoseconds) {
            let Some(own) = own else { continue };
            let slot = taken.iter_mut().find(|(subject, _)| *subject == program.subject);
            slot.ok_or("every program is a subject")?.1.push((own, baseline));
        }
    }
    Ok(())
}
