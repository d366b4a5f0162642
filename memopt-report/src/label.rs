//! Texts as shown in a column: free of control characters, cut on `::` borders, wrapped.

use std::fmt;

/// What every printed report calls the traffic outside all scopes.
pub const OUTSIDE: &str = "(outside every site)";

/// The path that all names share (names without `::` do not count).
pub fn shared_path<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    let paths: Vec<Vec<&str>> = names.map(segments).filter(|path| path.len() > 1).collect();
    let shared =
        paths.iter().skip(1).fold(paths.first().map_or(0, |p| p.len() - 1), |shared, path| {
            let same =
                paths[0].iter().zip(&path[..path.len() - 1]).take_while(|(a, b)| a == b).count();
            shared.min(same)
        });
    (shared > 0).then(|| paths[0][..shared].join("::"))
}

/// The name without the path `prefix`, where it has it.
pub fn below<'a>(prefix: &str, name: &'a str) -> &'a str {
    name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix("::")).unwrap_or(name)
}

/// Splits on the `::` that stand outside angle brackets.
fn segments(name: &str) -> Vec<&str> {
    let (mut depth, mut start, mut out) = (0usize, 0, Vec::new());
    let mut chars = name.char_indices().peekable();
    while let Some((i, c)) = chars.next() {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            ':' if depth == 0 && chars.peek().is_some_and(|(_, next)| *next == ':') => {
                chars.next();
                out.push(&name[start..i]);
                start = i + 2;
            }
            _ => {}
        }
    }
    out.push(&name[start..]);
    out
}

/// Cuts `name` from the left to at most `max` columns, on a `::` border where one is left.
pub fn shorten(name: &str, max: usize) -> String {
    if width(name) <= max {
        return name.to_owned();
    }
    let path = segments(name);
    for skip in 1..path.len() {
        let tail = format!("…::{}", path[skip..].join("::"));
        if width(&tail) <= max {
            return tail;
        }
    }
    let mut room = max.saturating_sub(1);
    let mut tail: Vec<char> = Vec::new();
    for c in name.chars().rev() {
        match room.checked_sub(char_width(c)) {
            Some(left) => room = left,
            None => break,
        }
        tail.push(c);
    }
    std::iter::once('…').chain(tail.into_iter().rev()).collect()
}

/// Columns of a text: an upper bound, since a terminal shows no character wider than two.
pub fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

fn char_width(c: char) -> usize {
    // The first wide character is U+1100; dashes, dots, arrows and box lines are the narrow ones
    // above that we use.
    if matches!(
        c,
        '\0'..='\u{10ff}' | '\u{2010}'..='\u{2211}' | '\u{2500}'..='\u{257f}' | '\u{fffd}'
    ) {
        1
    } else {
        2
    }
}

/// Writes what `text` makes without the last line break: `println!` adds one.
pub fn print(
    f: &mut fmt::Formatter<'_>,
    text: impl FnOnce(&mut String) -> fmt::Result,
) -> fmt::Result {
    let mut out = String::new();
    text(&mut out)?;
    f.write_str(out.trim_end_matches('\n'))
}

/// The text without characters that would break a line or reorder it.
pub fn clean(text: &str) -> String {
    let bad = |c: char| {
        c.is_control()
            || matches!(
                c,
                '\u{200b}'..='\u{200f}'
                    | '\u{2028}'..='\u{202e}'
                    | '\u{2060}'..='\u{206f}'
                    | '\u{feff}'
            )
    };
    if text.contains(bad) {
        text.chars().map(|c| if bad(c) { '\u{fffd}' } else { c }).collect()
    } else {
        text.to_owned()
    }
}

/// Breaks `text` at spaces into lines of at most `max` columns; a longer word stays whole.
pub fn wrap(text: &str, max: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && width(&line) + 1 + width(word) > max {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

/// A line of code: it is not broken, but ends early where it is too long.
pub(crate) fn cut(line: &str, max: usize) -> String {
    if width(line) <= max {
        return line.to_owned();
    }
    let mut columns = 1;
    let fits = |c: &char| {
        columns += width(c.encode_utf8(&mut [0; 4]));
        columns <= max
    };
    line.chars().take_while(fits).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_from_the_left_on_borders() {
        assert_eq!(shorten("app::json::parse", 16), "app::json::parse");
        assert_eq!(shorten("app::json::parse", 15), "…::json::parse");
        assert_eq!(shorten("app::json::parse", 13), "…::parse");
        assert_eq!(shorten("app::a_very_long_name", 8), "…ng_name");
        assert_eq!(shorten("<app::A as app::Load>::run", 14), "…::run");
    }

    #[test]
    fn control_characters_do_not_reach_a_terminal() {
        assert_eq!(clean("a\nb\u{1b}[31m"), "a\u{fffd}b\u{fffd}[31m");
    }

    #[test]
    fn text_is_wrapped_at_spaces() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
    }
}
