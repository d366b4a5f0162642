//! Lengths: of the front page, of files and of lines.

use super::{Row, files, read};
use crate::Result;
use std::path::Path;

/// Lines of a file above which it is to be split.
const FILE: usize = 500;
/// Columns of a line of text or of a comment; code is left to rustfmt.
const COLUMNS: usize = 100;

/// The rows of lengths.
pub(super) fn rows(root: &Path, readme: usize) -> Result<Vec<Row>> {
    let lines = read(&root.join("README.md"))?.lines().count();
    let mut rows = vec![Row::at_most("lines of README.md", lines, readme)];

    let mut lengths = Vec::new();
    let mut wide = Vec::new();
    for path in files(root, &[".rs", ".md", ".toml", ".yml", ".sh", "run"])? {
        let text = read(&path)?;
        let name = path.strip_prefix(root)?.display().to_string();
        let found = match path.extension().and_then(|ending| ending.to_str()) {
            Some("md") => wide_lines(&text, true),
            Some("rs") => wide_lines(&text, false),
            _ => wide_settings(&text),
        };
        if !found.is_empty() {
            wide.push((found.len(), format!("{name}: {}", listed(&found))));
        }
        if path.extension().is_some_and(|ending| ending == "rs") {
            lengths.push((text.lines().count(), name));
        }
    }
    lengths.sort_by(|a, b| b.cmp(a));
    if let Some((length, name)) = lengths.first() {
        rows.push(Row::info("lines of the longest source file", format!("{length} ({name})")));
    }
    let long: Vec<_> = lengths.iter().take_while(|(length, _)| *length > FILE).collect();
    let notes = long.iter().map(|(length, name)| format!("{length} {name}")).collect();
    rows.push(Row::at_most(format!("source files above {FILE} lines"), long.len(), 0).with(notes));

    let sum = wide.iter().map(|(count, _)| count).sum();
    wide.sort_by(|a, b| b.cmp(a));
    let notes = wide.into_iter().map(|(_, text)| text).collect();
    rows.push(
        Row::at_most(
            format!("lines of text, comments and settings above {COLUMNS} columns"),
            sum,
            0,
        )
        .with(notes),
    );
    Ok(rows)
}

/// The numbers of lines that are too wide: of a text, or of the comments of a source. Rows of
/// tables, links, commands and examples, and what holds one word without a place to break it may
/// be.
fn wide_lines(text: &str, markdown: bool) -> Vec<usize> {
    let mut fenced = false;
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let written = line.trim_start().trim_start_matches(['/', '!', '>']).trim_start();
        let is_comment = line.trim_start().starts_with("//");
        fenced ^= (markdown || is_comment) && written.starts_with("```");
        if fenced || !(markdown || is_comment) {
            continue;
        }
        let is_free = written.starts_with('|') || written.contains("](") || line.contains("://");
        let breaks = written.trim_end_matches(['"', ',', ';', ')']).contains(' ');
        if line.chars().count() > COLUMNS && !is_free && breaks {
            found.push(at + 1);
        }
    }
    found
}

/// The numbers of lines that are too wide in settings and scripts, which no tool wraps. The head of
/// a table and an address cannot be broken.
fn wide_settings(text: &str) -> Vec<usize> {
    let is_wide = |line: &str| line.chars().count() > COLUMNS;
    let is_free = |line: &str| line.starts_with('[') || line.contains("://");
    let lines = text.lines().enumerate();
    lines.filter(|(_, line)| is_wide(line) && !is_free(line)).map(|(at, _)| at + 1).collect()
}

fn listed(numbers: &[usize]) -> String {
    let shown: Vec<String> = numbers.iter().take(8).map(ToString::to_string).collect();
    let more = if numbers.len() > shown.len() { ", .." } else { "" };
    shown.join(", ") + more
}

#[cfg(test)]
mod tests {
    use super::{wide_lines, wide_settings};

    #[test]
    fn tables_and_links_may_be_wide() {
        let long = "word ".repeat(30);
        let text = format!("{long}\n| {long} |\n//! | {long} |\n[{long}](x)\n{}", "x".repeat(200));
        assert_eq!(wide_lines(&text, true), [1]);
        assert_eq!(wide_lines(&"word ".repeat(20), true), [0_usize; 0]);
    }

    #[test]
    fn settings_are_wrapped_but_for_heads_and_addresses() {
        let long = "word ".repeat(30);
        let text =
            format!("# {long}\nx = 1\n[target.'{long}']\n# https://x {long}\ny = \"{long}\"");
        assert_eq!(wide_settings(&text), [1, 5]);
    }

    #[test]
    fn of_sources_the_comments_are_looked_at() {
        let long = "word ".repeat(30);
        let text = format!("let x = {long};\n// {long}\n/// ```\n/// {long}\n/// ```\n/// {long}");
        assert_eq!(wide_lines(&text, false), [2, 6]);
    }
}
