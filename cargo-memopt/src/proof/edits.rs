//! What the findings propose: lines of the user's own files, each with what it would save.

use crate::error::Error;
use memopt_report::{Edit, Finding, Remedy, Report};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// One change.
#[derive(Clone, Debug)]
pub(crate) struct Proposal {
    pub(crate) site: String,
    pub(crate) code: String,
    /// The file, absolute.
    pub(crate) file: PathBuf,
    /// The line to replace, from 1.
    pub(crate) line: usize,
    pub(crate) before: String,
    pub(crate) after: String,
    /// Blocks that need not be allocated, by the finding.
    pub(crate) allocs: u64,
    /// Bytes that need not be allocated, by the finding.
    pub(crate) bytes: u64,
}

impl Proposal {
    /// An attribute of memopt is no use in a package that does not depend on it.
    pub(crate) fn needs_memopt(&self) -> bool {
        self.after.contains("memopt::")
    }

    /// The text with the change, if the line is still what it was. Nothing but the line changes.
    pub(crate) fn apply(&self, text: &str) -> Option<String> {
        let mut start = 0;
        for _ in 1..self.line {
            start += text[start..].find('\n')? + 1;
        }
        let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
        let line = &text[start..end];
        let own_end = if line.ends_with('\r') { "\r\n" } else { "\n" };
        if line.trim_end_matches('\r') != self.before.trim_end_matches(['\r', '\n']) {
            return None;
        }
        let after: Vec<&str> = self.after.trim_end_matches('\n').lines().collect();
        let tail = if line.ends_with('\r') { "\r" } else { "" };
        Some(format!("{}{}{tail}{}", &text[..start], after.join(own_end), &text[end..]))
    }
}

/// Remedies that may be a line of the source, where that of the finding is not.
const OTHERS: [Remedy; 2] = [Remedy::PreSize, Remedy::Shrink];

/// The changes that a report's findings propose to files below `root`, the most valuable first; of
/// two for one line the first. Attributes are left out where nothing depends on memopt and another
/// line would do.
pub(crate) fn proposals(report: &Report, root: &Path, has_memopt: bool) -> Vec<Proposal> {
    let mut taken = BTreeSet::new();
    let findings = report.findings();
    let all = findings.iter().filter_map(|finding| {
        let others = OTHERS.iter().filter_map(|remedy| finding.edit_for(*remedy));
        let edits = finding.edit.clone().into_iter().chain(others);
        let mut found = edits.filter_map(|edit| proposal(finding, &edit, root)).peekable();
        let first = found.peek().cloned();
        found.find(|one| has_memopt || !one.needs_memopt()).or(first)
    });
    all.filter(|found| taken.insert((found.file.clone(), found.line))).collect()
}

fn proposal(finding: &Finding, edit: &Edit, root: &Path) -> Option<Proposal> {
    let package = finding.manifest_dir.as_ref().map(PathBuf::from);
    let places = [Some(root.to_owned()), package.clone(), package?.parent().map(Path::to_owned)];
    let file = places.into_iter().flatten().map(|place| place.join(&edit.file));
    let file = file.into_iter().find(|file| file.is_file() && file.starts_with(root))?;
    Some(Proposal {
        site: finding.site.clone(),
        code: finding.code.clone(),
        file,
        line: edit.line as usize,
        before: edit.before.clone(),
        after: edit.after.clone(),
        allocs: finding.saving.allocs,
        bytes: finding.saving.bytes,
    })
}

/// The text of a file with all of these changes; later lines first, so that each line is where it
/// was.
///
/// # Errors
///
/// Where the file has changed since it was measured.
pub(crate) fn apply_all(file: &Path, kept: &[&Proposal]) -> Result<String, Error> {
    let text = fs::read_to_string(file).map_err(|error| Error::file("read", file, &error))?;
    let mut own: Vec<&&Proposal> = kept.iter().filter(|one| one.file == file).collect();
    own.sort_by_key(|one| std::cmp::Reverse(one.line));
    own.iter().try_fold(text, |text, one| one.apply(&text)).ok_or_else(|| {
        Error::usage(
            format_args!("`{}` has changed since it was measured", file.display()),
            "run the command again",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::Proposal;
    use std::path::PathBuf;

    fn proposal(line: usize, before: &str, after: &str) -> Proposal {
        Proposal {
            site: "f".to_owned(),
            code: "memopt::presize".to_owned(),
            file: PathBuf::from("a.rs"),
            line,
            before: before.to_owned(),
            after: after.to_owned(),
            allocs: 1,
            bytes: 1,
        }
    }

    #[test]
    fn one_line_changes_and_nothing_else() {
        let text = "a\r\n  b\r\nc";
        assert_eq!(
            proposal(2, "  b", "  #[x]\n  b").apply(text).unwrap(),
            "a\r\n  #[x]\r\n  b\r\nc"
        );
        assert_eq!(proposal(3, "c", "d").apply(text).unwrap(), "a\r\n  b\r\nd");
    }

    #[test]
    fn a_line_that_is_another_by_now_is_left() {
        assert_eq!(proposal(2, "x", "y").apply("a\nb\n"), None);
        assert_eq!(proposal(9, "x", "y").apply("a\nb\n"), None);
    }
}
