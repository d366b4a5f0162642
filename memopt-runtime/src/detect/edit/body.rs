//! Lines inside a function that a remedy marks.

use super::{attribute, indent, insert};

/// What `#[presize]` knows how to give room.
const MADE: [&str; 5] =
    ["Vec::new()", "String::new()", "VecDeque::new()", "HashMap::new()", "HashSet::new()"];

/// Marks the collection a function makes, where it makes just one and that is not marked yet.
pub(super) fn presize(lines: &[&str], item: usize) -> Option<(usize, String)> {
    let mut found = lines_of(lines, item)?.filter(|at| {
        let line = lines[*at].trim();
        let value = line.strip_prefix("let ").and_then(|rest| rest.split_once("= "));
        value.is_some_and(|(_, value)| MADE.iter().any(|made| value.trim_end_matches(';') == *made))
    });
    let at = found.next()?;
    let marked = ["presize", "pool"]
        .iter()
        .any(|mark| attribute::stands(lines, attribute::above(lines, at), at, mark));
    if marked || found.next().is_some() {
        return None;
    }
    insert(lines, at, "#[presize]")
}

/// The lines from an item's name to the brace that closes it.
fn lines_of(lines: &[&str], item: usize) -> Option<std::ops::Range<usize>> {
    let closing = format!("{}}}", indent(lines.get(item)?));
    let end = (item..lines.len()).find(|at| lines[*at] == closing)?;
    Some(item..end)
}

#[cfg(test)]
mod tests {
    use super::presize;

    #[test]
    fn the_only_collection_is_marked() {
        let source = "fn parse() {\n    let mut out = Vec::new();\n    out.push(1);\n}";
        let lines: Vec<&str> = source.lines().collect();
        let (at, after) = presize(&lines, 0).unwrap();
        assert_eq!((at, after.as_str()), (1, "    #[presize]\n    let mut out = Vec::new();"));
        let two = "fn walk() {\n    let mut a = Vec::new();\n    let mut b = String::new();\n}";
        let lines: Vec<&str> = two.lines().collect();
        assert_eq!(presize(&lines, 0), None, "which one grows is not known");
    }

    #[test]
    fn one_that_is_marked_stays_as_it_is() {
        for mark in ["#[presize]", "#[presize(learn)]", "#[pool]"] {
            let source = format!("fn parse() {{\n    {mark}\n    let mut out = Vec::new();\n}}");
            let lines: Vec<&str> = source.lines().collect();
            assert_eq!(presize(&lines, 0), None, "{mark}");
        }
    }
}
