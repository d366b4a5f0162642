//! Lines that these programs print alike.

use crate::units;
use std::io::{self, Write};

/// Lines of a list that are shown.
const SHOWN: usize = 5;

/// What was left out: the number, and the first few with the reason.
///
/// # Errors
///
/// Where `out` cannot be written.
pub fn skipped(out: &mut impl Write, skipped: &[String]) -> io::Result<()> {
    if skipped.is_empty() {
        return Ok(());
    }
    writeln!(out, "skipped {}:", units::of(skipped.len() as u64, "input"))?;
    for line in skipped.iter().take(SHOWN) {
        writeln!(out, "  {}", end_of(line, 96))?;
    }
    if skipped.len() > SHOWN {
        writeln!(out, "  and {} more", units::count((skipped.len() - SHOWN) as u64))?;
    }
    Ok(())
}

/// The last `width` characters, which tell files apart; `…` stands for the rest.
pub fn end_of(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return text.to_owned();
    }
    let end: String = text.chars().skip(length + 1 - width).collect();
    format!("…{end}")
}

#[cfg(test)]
mod tests {
    use super::{end_of, skipped};

    #[test]
    fn long_lines_keep_their_end() {
        assert_eq!(end_of("abc", 3), "abc");
        assert_eq!(end_of("abcd", 3), "…cd");
    }

    #[test]
    fn a_long_list_is_cut_and_says_so() {
        let mut out = Vec::new();
        skipped(&mut out, &[]).unwrap();
        assert!(out.is_empty());
        let lines: Vec<String> = (0..7).map(|n| format!("file {n}")).collect();
        skipped(&mut out, &lines).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("skipped 7 inputs:\n  file 0\n"), "{text}");
        assert!(text.ends_with("  file 4\n  and 2 more\n"), "{text}");
    }
}
