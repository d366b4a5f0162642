//! A change to the source, as lines.

#[cfg(feature = "json")]
use serde::{Deserialize, Serialize};
use std::fmt;

/// Lines to replace in one file. Its `Display` is the place and, below it, the change as a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// How much of the time that the finding says would be saved this change alone saves, percent.
    /// Less than 100 where it does not do what the finding recommends, but eases the same waste:
    /// free lists (`arena(reuse)`) make blocks cheaper, a buffer that is kept ends them.
    #[cfg_attr(feature = "json", serde(default = "all"))]
    pub saving_percent: u8,
}

/// The percent of a report of a version that does not tell.
#[cfg(feature = "json")]
fn all() -> u8 {
    Edit::ALL
}

impl Edit {
    /// A change that saves what the finding says.
    pub(crate) const ALL: u8 = 100;

    /// What it saves of the time that the finding predicts, where that is less than all. Such edits
    /// are free lists, which serve the same blocks at less cost.
    pub(crate) fn part(&self) -> String {
        match self.saving_percent {
            Self::ALL.. => String::new(),
            percent => {
                format!("; saves about {percent} % of that time: the blocks get cheaper, not fewer")
            }
        }
    }

    /// The lines of the change with their marks: `-` removed, `+` added, blank unchanged (shown
    /// once).
    pub(crate) fn lines(&self) -> impl Iterator<Item = (char, &str)> {
        let gone =
            self.before.lines().filter(|line| self.after.lines().all(|other| other != *line));
        let mark =
            |line: &str| if self.before.lines().any(|other| other == line) { ' ' } else { '+' };
        gone.map(|line| ('-', line)).chain(self.after.lines().map(move |line| (mark(line), line)))
    }
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}{}", self.file, self.line, self.part())?;
        self.lines().try_for_each(|(mark, line)| write!(f, "\n{mark} {line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::Edit;

    fn edit(before: &str, after: &str) -> Edit {
        Edit {
            file: "src/lib.rs".to_owned(),
            line: 7,
            before: before.to_owned(),
            after: after.to_owned(),
            saving_percent: Edit::ALL,
        }
    }

    #[test]
    fn a_line_that_stays_is_shown_once() {
        assert_eq!(
            edit("    fn f() {", "    #[memopt::arena]\n    fn f() {").to_string(),
            "src/lib.rs:7\n+     #[memopt::arena]\n      fn f() {"
        );
        assert_eq!(
            edit("#[track_alloc]", "#[memopt::arena]").to_string(),
            "src/lib.rs:7\n- #[track_alloc]\n+ #[memopt::arena]"
        );
    }
}
