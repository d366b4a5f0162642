//! The change to the source that applies a remedy, where an attribute of memopt does it.

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
        Remedy::Arena => attribute(&lines, item, "memopt::arena", "")?,
        Remedy::Pool | Remedy::Hoist => attribute(&lines, item, "memopt::arena", "magazine")?,
        Remedy::Stream if lines[item].contains("-> Vec<") => insert(&lines, item, "#[memopt::streamed]")?,
        Remedy::PreSize => presize(&lines, item)?,
        _ => return None,
    };
    let (file, line) = (finding.file.clone(), at as u32 + 1);
    Some(Edit { file, line, before: lines[at].to_owned(), after })
}

/// Puts an attribute that measures too in the place of `#[track_alloc]` above an item, or above the item where the whole
/// impl or module is measured. Only functions have arenas.
fn attribute(lines: &[&str], item: usize, name: &str, argument: &str) -> Option<(usize, String)> {
    if !lines.get(item)?.contains("fn ") {
        return None;
    }
    let above = (0..item).rev().take_while(|at| {
        let line = lines[*at].trim_start();
        line.starts_with("#[") || line.starts_with("//")
    });
    let own = above
        .into_iter()
        .find(|at| lines[*at].trim_start().starts_with("#[") && lines[*at].contains("track_alloc"));
    // Beside others on its line, or under a condition, it is left to the reader.
    let alone = |line: &str| {
        line.matches("#[").count() == 1
            && ["#[track_alloc", "#[memopt::track_alloc"]
                .iter()
                .any(|begins| line.trim_start().starts_with(begins))
    };
    if own.is_some_and(|at| !alone(lines[at])) {
        return None;
    }
    let Some(at) = own else {
        let inside = if argument.is_empty() { String::new() } else { format!("({argument})") };
        return insert(lines, item, &format!("#[{name}{inside}]"));
    };
    let line = lines[at];
    // Arguments that were there stay; a list over several lines is left to the reader.
    let given =
        match (line.split_once("track_alloc(").map(|(_, rest)| rest), line.trim_end().strip_suffix(")]")) {
            (None, _) => "",
            (Some(rest), Some(_)) => rest.trim_end().strip_suffix(")]")?,
            (Some(_), None) => return None,
        };
    let arguments =
        [argument, given].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    let inside = if arguments.is_empty() { String::new() } else { format!("({arguments})") };
    Some((at, format!("{}#[{name}{inside}]", indent(line))))
}

/// Puts a line above one.
fn insert(lines: &[&str], at: usize, what: &str) -> Option<(usize, String)> {
    let line = lines.get(at)?;
    Some((at, format!("{}{what}\n{line}", indent(line))))
}

/// Marks the collection a function makes, where it makes just one.
fn presize(lines: &[&str], item: usize) -> Option<(usize, String)> {
    const MADE: [&str; 5] =
        ["Vec::new()", "String::new()", "VecDeque::new()", "HashMap::new()", "HashSet::new()"];
    let closing = format!("{}}}", indent(lines.get(item)?));
    let end = (item..lines.len()).find(|at| lines[*at] == closing)?;
    let mut found = (item..end).filter(|at| {
        let line = lines[*at].trim();
        let value = line.strip_prefix("let ").and_then(|rest| rest.split_once("= "));
        value.is_some_and(|(_, value)| MADE.iter().any(|made| value.trim_end_matches(';') == *made))
    });
    let at = found.next()?;
    if found.next().is_some() {
        return None;
    }
    insert(lines, at, "#[presize]")
}

fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

#[cfg(test)]
mod tests {
    use super::{attribute, presize};

    const SOURCE: &str = "\
/// Parses.
#[memopt::track_alloc(name = \"ingest\")]
pub fn parse(text: &str) -> Tree {
    let mut out = Vec::new();
    out.push(text);
    Tree(out)
}

impl Tree {
    fn walk(&self) {
        let mut a = Vec::new();
        let mut b = String::new();
    }
}";

    fn lines() -> Vec<&'static str> {
        SOURCE.lines().collect()
    }

    #[test]
    fn an_attribute_takes_the_place_of_track_alloc_with_its_arguments() {
        let (at, after) = attribute(&lines(), 2, "memopt::arena", "magazine").unwrap();
        assert_eq!((at, after.as_str()), (1, "#[memopt::arena(magazine, name = \"ingest\")]"));
        let (at, after) = attribute(&lines(), 9, "memopt::arena", "").unwrap();
        assert_eq!((at, after.as_str()), (9, "    #[memopt::arena]\n    fn walk(&self) {"));
        assert!(attribute(&lines(), 8, "memopt::arena", "").is_none(), "an impl has no arena");
    }

    #[test]
    fn no_other_attribute_is_lost() {
        for above in [
            "#[inline] #[memopt::track_alloc]",
            "#[memopt::track_alloc] #[inline]",
            "#[cfg_attr(feature = \"x\", memopt::track_alloc)]",
        ] {
            assert!(attribute(&[above, "fn f() {}"], 1, "memopt::arena", "").is_none(), "{above}");
        }
        let (at, after) =
            attribute(&["#[track_alloc]", "#[inline]", "fn f() {}"], 2, "memopt::arena", "").unwrap();
        assert_eq!((at, after.as_str()), (0, "#[memopt::arena]"));
    }

    #[test]
    fn the_only_collection_is_marked() {
        let (at, after) = presize(&lines(), 2).unwrap();
        assert_eq!((at, after.as_str()), (3, "    #[presize]\n    let mut out = Vec::new();"));
        assert!(presize(&lines(), 9).is_none(), "two: which one grows is not known");
    }
}
