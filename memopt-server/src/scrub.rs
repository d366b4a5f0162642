//! Texts for clients: paths of this machine are cut to the names of their files.
//!
//! Faults name files and folders, so that whoever runs the program finds them in its log. A client
//! may be somebody else.

use std::borrow::Cow;

/// The text, with `../name` for each absolute path of two parts or more.
pub(crate) fn scrubbed(text: &str) -> Cow<'_, str> {
    if !text.contains('/') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('/') {
        let before = rest[..at].chars().next_back().or_else(|| out.chars().next_back());
        let begins = before.is_none_or(|letter| {
            letter.is_whitespace() || matches!(letter, '`' | '"' | '\'' | '(' | '=' | ':' | ',')
        });
        let end = rest[at..].find(ends).map_or(rest.len(), |length| at + length);
        let path = &rest[at..end];
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        // `http://host/x` is an address, and `/metrics` a route.
        if begins && !path.starts_with("//") && !folder.is_empty() {
            out.push_str(&rest[..at]);
            out.push_str("../");
            out.push_str(name);
        } else {
            out.push_str(&rest[..end]);
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// What no path goes on behind.
fn ends(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '`' | '"' | '\'' | ')' | ',' | ';' | ':')
}

#[cfg(test)]
mod tests {
    use super::scrubbed;

    #[test]
    fn paths_are_cut_and_nothing_else() {
        for (text, expected) in [
            ("nothing of it", "nothing of it"),
            ("`/home/me/x/history.redb` cannot be read", "`../history.redb` cannot be read"),
            ("/var/lib/shop/bundles: no space", "../bundles: no space"),
            ("a (/tmp/a/b) and /tmp/c/d, e", "a (../b) and ../d, e"),
            ("http://127.0.0.1:9 was not reached", "http://127.0.0.1:9 was not reached"),
            ("http://host/***", "http://host/***"),
            ("see /metrics and docs/x/y", "see /metrics and docs/x/y"),
            ("file:/etc/x/y", "file:../y"),
            ("/", "/"),
        ] {
            assert_eq!(scrubbed(text), expected);
        }
    }
}
