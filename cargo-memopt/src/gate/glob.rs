//! Names of sites with `*` for anything.
//!
//! Not by the crate `globset`: to it `[T]` in `<[T] as Sum>::sum` and `{closure}` are patterns, and
//! names of sites have them as they are.

use memopt_report::ends_on_border;

/// Whether a pattern names a site: `*` stands for anything, and a pattern without it may leave out
/// the beginning of the path, as `Parser::parse` for `json::Parser::parse`.
pub(super) fn names(pattern: &str, site: &str) -> bool {
    if pattern.contains('*') { fits(pattern, site) } else { ends_on_border(site, pattern) }
}

fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_pattern_is_a_name_its_end_or_has_stars() {
        let site = "json::Parser::parse";
        for (pattern, named) in [
            ("json::Parser::parse", true),
            ("Parser::parse", true),
            ("parse", true),
            ("rse", false),
            ("json::*", true),
            ("*::parse", true),
            ("j*P*e", true),
            ("*x*", false),
            ("*", true),
        ] {
            assert_eq!(names(pattern, site), named, "{pattern}");
        }
    }
}
