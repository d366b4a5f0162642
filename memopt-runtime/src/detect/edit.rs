//! The change to the source that applies a remedy, where an attribute of memopt does it.
//!
//! Rooms: `attribute` (what stands above an item), `body` (lines inside a function). Both read lines, no syntax tree: where
//! these do not tell, there is no edit.

mod attribute;
mod body;

use super::{Finding, source};
use crate::report::Remedy;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Lines to replace in one file. Its `Display` is the change as a diff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Edit {
    /// The file, as the compiler saw it.
    pub file: String,
    /// The line to replace, from 1.
    pub line: u32,
    /// What stands there.
    pub before: String,
    /// What should stand there; may be several lines.
    pub after: String,
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "   = edit: {}:{}", self.file, self.line)?;
        let (before, after): (Vec<_>, Vec<_>) = (self.before.lines().collect(), self.after.lines().collect());
        // A line that stays is shown once.
        for line in before.iter().filter(|line| !after.contains(line)) {
            writeln!(f, "           - {line}")?;
        }
        for (i, line) in after.iter().enumerate() {
            let mark = if before.contains(line) { ' ' } else { '+' };
            write!(f, "           {mark} {line}")?;
            if i + 1 < after.len() {
                writeln!(f)?;
            }
        }
        Ok(())
    }
}

/// The edit that applies `remedy`; `None` where no attribute does, or the source cannot be read any more.
pub(super) fn of(finding: &Finding, remedy: Remedy) -> Option<Edit> {
    let text = source::text_of(finding)?;
    let lines: Vec<&str> = text.lines().collect();
    let item = finding.line.checked_sub(1)? as usize;
    // The column points at the item's name: else the file has changed since.
    source::line_of(finding)?;
    let (at, after) = match remedy {
        Remedy::Arena => attribute::measuring(&lines, item, "memopt::arena", "")?,
        Remedy::Pool | Remedy::Hoist => attribute::measuring(&lines, item, "memopt::arena", "magazine")?,
        Remedy::Stream => attribute::streamed(&lines, item)?,
        Remedy::PreSize => body::presize(&lines, item)?,
        _ => return None,
    };
    let (file, line) = (finding.file.clone(), at as u32 + 1);
    Some(Edit { file, line, before: lines[at].to_owned(), after })
}

/// Puts a line above one.
fn insert(lines: &[&str], at: usize, what: &str) -> Option<(usize, String)> {
    let line = lines.get(at)?;
    Some((at, format!("{}{what}\n{line}", indent(line))))
}

fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}
