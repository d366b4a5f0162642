//! What a subject can say of itself besides how long it takes: bytes, shares, counts. Each program
//! is asked once.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::plan::Planned;
use crate::row::{Row, round};
use crate::{Result, build};

/// Asks the program of each row and adds what it answers.
///
/// # Errors
///
/// When a program fails, or answers with something else than names and numbers.
pub fn add(folder: &Path, planned: Planned, rows: &mut [Row]) -> Result<()> {
    for row in rows {
        let subject = planned.subjects.iter().find(|known| known.name == row.subject);
        let subject = subject.ok_or("every row is of a subject")?;
        let output = Command::new(folder.join(subject.program))
            .args(["facts", &subject.asks(planned.bench)])
            .envs(build::SETTINGS)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err(format!("the subject `{}` failed: {}", subject.name, output.status).into());
        }
        for line in String::from_utf8(output.stdout)?.lines() {
            let fact =
                line.split_once(' ').and_then(|(name, value)| Some((name, value.parse().ok()?)));
            let (name, value) =
                fact.ok_or_else(|| format!("`{line}` is not a name and a number"))?;
            row.facts.insert(name.to_owned(), round(value));
        }
    }
    Ok(())
}
