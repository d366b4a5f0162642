//! Lines inside a function that a remedy marks.

use super::{attribute, indent, insert};

/// Calls whose collection `#[presize]` can start larger.
const MADE: [&str; 5] =
    ["Vec::new()", "String::new()", "VecDeque::new()", "HashMap::new()", "HashSet::new()"];

/// Marks the collection a function makes, where it makes just one and that is not marked yet; or
/// lets the one apply what it has learned that is marked to learn only.
pub(super) fn presize(lines: &[&str], item: usize) -> Option<(usize, String)> {
    let mut learning =
        lines_of(lines, item)?.filter_map(|at| Some((at, without_learn(lines[at])?)));
    if let Some(first) = learning.next() {
        return if learning.next().is_some() { None } else { Some(first) };
    }
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

/// Has the collection that a function shows to `observe` give back what it does not use, where it
/// shows just one and may change it.
pub(super) fn shrink(lines: &[&str], item: usize) -> Option<(usize, String)> {
    let body = lines_of(lines, item)?;
    let text = |at: usize| lines[at].trim();
    let mut shown = body.clone().filter_map(|at| Some((at, observed(text(at))?)));
    let (at, name) = shown.next()?;
    let mutable = |line: &str| {
        if name.starts_with("self.") {
            return line.contains("&mut self");
        }
        let whole = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        line.split(&format!("mut {name}")).skip(1).any(whole)
            || line.contains(&format!("{name}: &mut "))
    };
    let shrinks = body.clone().any(|at| lines[at].contains("shrink_to"));
    if shrinks || shown.next().is_some() || !body.clone().any(|at| mutable(text(at))) {
        return None;
    }
    insert(lines, at, &format!("{name}.shrink_to_fit();"))
}

/// `name` of `memopt::runtime::observe(&name);`, also of a field.
fn observed(line: &str) -> Option<&str> {
    let path = ["memopt::runtime::", "runtime::", "memopt::"];
    let call = path.iter().find_map(|path| line.strip_prefix(path)).unwrap_or(line);
    let call = call.strip_prefix("observe(&")?;
    let name = call.strip_suffix(");")?;
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    (!name.is_empty() && name.chars().all(plain)).then_some(name)
}

/// The line with `learn` taken out of its `#[presize(..)]`.
fn without_learn(line: &str) -> Option<String> {
    let (front, rest) = line.split_once("#[presize(")?;
    let (arguments, behind) = rest.split_once(")]")?;
    let parts = || arguments.split(',').map(str::trim);
    if front.contains("//") || !parts().any(|part| part == "learn") {
        return None;
    }
    let others: Vec<&str> = parts().filter(|part| !part.is_empty() && *part != "learn").collect();
    let others = if others.is_empty() { String::new() } else { format!("({})", others.join(", ")) };
    Some(format!("{front}#[presize{others}]{behind}"))
}

/// The lines from an item's name to the brace that closes it.
fn lines_of(lines: &[&str], item: usize) -> Option<std::ops::Range<usize>> {
    let closing = format!("{}}}", indent(lines.get(item)?));
    let end = (item..lines.len()).find(|at| lines[*at] == closing)?;
    Some(item..end)
}

#[cfg(test)]
mod tests {
    use super::{presize, shrink};

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
        for mark in ["#[presize]", "#[presize(percentile = 90)]", "#[pool]"] {
            let source = format!("fn parse() {{\n    {mark}\n    let mut out = Vec::new();\n}}");
            let lines: Vec<&str> = source.lines().collect();
            assert_eq!(presize(&lines, 0), None, "{mark}");
        }
    }

    #[test]
    fn what_is_observed_gives_back_what_it_does_not_use() {
        let shown = |source: &str| shrink(&source.lines().collect::<Vec<_>>(), 0);
        let read = "fn read() -> Vec<u8> {\n    let mut rows = load();\n    \
                    memopt::runtime::observe(&rows);\n    rows\n}";
        let after = "    rows.shrink_to_fit();\n    memopt::runtime::observe(&rows);".to_owned();
        assert_eq!(shown(read), Some((2, after)));
        let (at, after) =
            shown("fn add(&mut self) {\n    self.rows.push(1);\n    observe(&self.rows);\n}")
                .unwrap();
        assert_eq!(
            (at, after.as_str()),
            (2, "    self.rows.shrink_to_fit();\n    observe(&self.rows);")
        );
        assert!(shown("fn f(rows: &mut Vec<u8>) {\n    observe(&rows);\n}").is_some());
        for source in [
            "fn f() {\n    let rows = load();\n    observe(&rows);\n}",
            "fn f() {\n    let a = g();\n    let mut a2 = g();\n    observe(&a);\n}",
            "fn f(&self) {\n    observe(&self.rows);\n}",
            "fn f() {\n    let mut a = g();\n    let mut b = g();\n    observe(&a);\n    \
             observe(&b);\n}",
            "fn f() {\n    let mut a = g();\n    a.shrink_to(9);\n    observe(&a);\n}",
            "fn f() {\n    let mut a = g();\n    observe(&a[0]);\n}",
            "fn f() {\n    let mut a = g();\n}",
        ] {
            assert_eq!(shown(source), None, "{source}");
        }
    }

    #[test]
    fn one_that_only_learns_is_to_apply_it() {
        for (mark, after) in [
            ("    #[presize(learn)]", "    #[presize]"),
            ("    #[presize(learn, percentile = 90)]", "    #[presize(percentile = 90)]"),
            (
                "    #[presize(max_waste = 10, learn)] // as measured",
                "    #[presize(max_waste = 10)] // as measured",
            ),
        ] {
            let lines = ["fn parse() {", mark, "    let mut out = Vec::new();", "}"];
            assert_eq!(presize(&lines, 0), Some((1, after.to_owned())), "{mark}");
        }
        let two = [
            "fn f() {",
            "#[presize(learn)]",
            "let a = f();",
            "#[presize(learn)]",
            "let b = g();",
            "}",
        ];
        assert_eq!(presize(&two, 0), None, "which one is not known");
    }
}
