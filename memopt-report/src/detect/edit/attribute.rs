//! Attributes above an item: which stand there, and where another goes.

use super::{indent, insert};
use std::ops::Range;

/// Puts an attribute that measures too in the place of `#[track_alloc]` above an item, or above the
/// item where the whole impl or module is measured. Only functions have arenas; where a person
/// chose one already nothing is to change.
pub(super) fn measuring(
    lines: &[&str],
    item: usize,
    name: &str,
    argument: &str,
) -> Option<(usize, String)> {
    if !lines.get(item)?.contains("fn ") {
        return None;
    }
    let above = above(lines, item);
    if stands(lines, above.clone(), item, "arena") {
        return None;
    }
    let own = above.rev().find(|at| names(lines[*at], "track_alloc"));
    // Beside others on its line, or under a condition, it is left to the reader.
    let alone = |line: &str| {
        line.matches("#[").count() == 1
            && ["#[track_alloc", "#[memopt::track_alloc"]
                .iter()
                .any(|begins| line.trim_start().starts_with(begins))
    };
    if own.is_some_and(|at| !alone(lines[at])) || names(lines[item], "track_alloc") {
        return None;
    }
    let Some(at) = own else {
        let inside = if argument.is_empty() { String::new() } else { format!("({argument})") };
        return insert(lines, item, &format!("#[{name}{inside}]"));
    };
    let line = lines[at];
    // Arguments that were there stay; a list over several lines is left to the reader.
    let given = match (
        line.split_once("track_alloc(").map(|(_, rest)| rest),
        line.trim_end().strip_suffix(")]"),
    ) {
        (None, _) => "",
        (Some(rest), Some(_)) => rest.trim_end().strip_suffix(")]")?,
        (Some(_), None) => return None,
    };
    let arguments = [argument, given]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ");
    let inside = if arguments.is_empty() { String::new() } else { format!("({arguments})") };
    Some((at, format!("{}#[{name}{inside}]", indent(line))))
}

/// Puts `#[memopt::streamed]` above a function that returns a `Vec`, unless it stands there.
pub(super) fn streamed(lines: &[&str], item: usize) -> Option<(usize, String)> {
    let wanted = lines.get(item)?.contains("-> Vec<");
    let has = stands(lines, above(lines, item), item, "streamed");
    if wanted && !has { insert(lines, item, "#[memopt::streamed]") } else { None }
}

/// The lines above an item that belong to it: attributes, over several lines too, and comments.
pub(super) fn above(lines: &[&str], item: usize) -> Range<usize> {
    let belongs = |line: &&str| {
        let line = line.trim();
        let ends_another = line.is_empty() || line.ends_with(['}', '{', ';']);
        line.starts_with("//") || line.starts_with("#[") || !ends_another
    };
    let first = lines[..item].iter().rposition(|line| !belongs(line)).map_or(0, |at| at + 1);
    first..item
}

/// Whether one of the attributes above an item, or in front of it on its own line, names `what`.
pub(super) fn stands(lines: &[&str], above: Range<usize>, item: usize, what: &str) -> bool {
    let in_front =
        lines[item].rfind("#[").map_or("", |_| lines[item].split(" fn ").next().unwrap_or(""));
    above.map(|at| lines[at]).chain([in_front]).any(|line| names(line, what))
}

/// Whether a line of code has the word outside of strings.
fn names(line: &str, word: &str) -> bool {
    let line = line.trim_start();
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    !line.starts_with("//")
        && line
            .split('"')
            .step_by(2)
            .any(|code| code.split(|c| !part_of_word(c)).any(|part| part == word))
}

#[cfg(test)]
mod tests {
    use super::{measuring, streamed};

    const SOURCE: &str = "\
/// Parses.
#[memopt::track_alloc(name = \"ingest\")]
pub fn parse(text: &str) -> Tree {
    Tree(text)
}

impl Tree {
    fn walk(&self) {
    }
}";

    fn arena(lines: &[&str], item: usize) -> Option<(usize, String)> {
        measuring(lines, item, "memopt::arena", "")
    }

    #[test]
    fn an_attribute_takes_the_place_of_track_alloc_with_its_arguments() {
        let lines: Vec<&str> = SOURCE.lines().collect();
        let (at, after) = measuring(&lines, 2, "memopt::arena", "reuse").unwrap();
        assert_eq!((at, after.as_str()), (1, "#[memopt::arena(reuse, name = \"ingest\")]"));
        let (at, after) = arena(&lines, 7).unwrap();
        assert_eq!((at, after.as_str()), (7, "    #[memopt::arena]\n    fn walk(&self) {"));
        assert!(arena(&lines, 6).is_none(), "an impl has no arena");
    }

    #[test]
    fn no_other_attribute_is_lost() {
        for above in [
            "#[inline] #[memopt::track_alloc]",
            "#[memopt::track_alloc] #[inline]",
            "#[cfg_attr(feature = \"x\", memopt::track_alloc)]",
        ] {
            assert!(arena(&[above, "fn f() {}"], 1).is_none(), "{above}");
        }
        let (at, after) = arena(&["#[track_alloc]", "#[inline]", "fn f() {}"], 2).unwrap();
        assert_eq!((at, after.as_str()), (0, "#[memopt::arena]"));
    }

    #[test]
    fn where_a_person_chose_an_arena_nothing_is_to_change() {
        for source in [
            "#[memopt::arena]\nfn f() {}",
            "#[arena]\n#[inline]\nfn f() {}",
            "#[memopt::arena(reuse, name = \"x\")]\n/// Text;\nfn f() {}",
            "#[memopt::arena(\n    name = \"x\",\n)]\npub fn f() {}",
            "#[cfg_attr(feature = \"fast\", memopt::arena)]\nfn f() {}",
            "#[memopt::arena] pub fn f() {}",
            "#[memopt::track_alloc]\n#[memopt::arena]\nfn f() {}",
        ] {
            let lines: Vec<&str> = source.lines().collect();
            let item = lines.len() - 1;
            assert_eq!(arena(&lines, item), None, "{source}");
            assert_eq!(measuring(&lines, item, "memopt::arena", "reuse"), None, "{source}");
        }
        // One of the item before, one in a string, in a comment, or in a longer word is none.
        for source in [
            "#[memopt::arena]\nfn g() {}\nfn f() {}",
            "#[track_alloc(name = \"arena\")]\nfn f() {}",
            "// no arena here\nfn f() {}",
            "#[my_arena]\nfn f() {}",
        ] {
            let lines: Vec<&str> = source.lines().collect();
            assert!(arena(&lines, lines.len() - 1).is_some(), "{source}");
        }
    }

    #[test]
    fn a_streamed_function_is_not_streamed_again() {
        let lines = ["fn rows() -> Vec<Row> {"];
        assert_eq!(streamed(&lines, 0).unwrap().1, "#[memopt::streamed]\nfn rows() -> Vec<Row> {");
        assert_eq!(streamed(&["#[memopt::streamed(chunk = 8)]", lines[0]], 1), None);
        assert_eq!(streamed(&["fn rows() -> Rows {"], 0), None);
    }
}
