//! The full name of a site, read from the type name of an item beside it.

use crate::report::SiteKind;

/// `app::parser::Parser::parse` from the type name of a function nested in `parse`.
///
/// The item lies in the initialiser of a static in the annotated body, so its type name is the path
/// of the annotated item and a tail of ours. What the compiler adds for implementations, generics
/// and closures is taken out: `<app::A as app::T>::go::{{closure}}` is `app::A::go`.
pub(super) fn full(kind: SiteKind, name: &str, type_name: &str) -> String {
    let path = flatten(type_name);
    let mut segments: Vec<&str> = path
        .split("::")
        .filter(|segment| {
            !segment.is_empty() && !segment.starts_with("{{") && !segment.starts_with("__MEMOPT")
        })
        .filter(|segment| !segment.starts_with("__memopt"))
        .collect();
    let name = name.strip_prefix("r#").unwrap_or(name);
    let is_item = matches!(kind, SiteKind::Function | SiteKind::AsyncFunction);
    if !(is_item
        && segments.last().is_some_and(|last| last.strip_prefix("r#").unwrap_or(last) == name))
    {
        segments.push(name);
    }
    segments.join("::")
}

#[cfg(feature = "tokio")]
/// `app::serve` from the type name of the future that `serve` makes, `app::serve::{{closure}}`.
pub(super) fn of_type(type_name: &str) -> String {
    let path = flatten(type_name);
    let segments =
        path.split("::").filter(|segment| !segment.is_empty() && !segment.starts_with("{{"));
    segments.collect::<Vec<_>>().join("::")
}

/// Takes generics away and writes `<impl T>`, `<A as B>` and `<impl B for A>` as the type alone.
fn flatten(type_name: &str) -> String {
    let mut out = String::with_capacity(type_name.len());
    let mut rest = type_name;
    while let Some(open) = rest.find('<') {
        out.push_str(&rest[..open]);
        let Some(close) = closing(&rest[open..]) else { break };
        let inner = &rest[open + 1..open + close];
        // `<..>` at the start of a segment stands for a type, elsewhere for generic arguments.
        if out.is_empty() || out.ends_with("::") {
            let inner = inner.strip_prefix("impl ").unwrap_or(inner);
            let own = match (top_level(inner, " as "), top_level(inner, " for ")) {
                (Some(at), _) => &inner[..at],
                (None, Some(at)) => &inner[at + " for ".len()..],
                (None, None) => inner,
            };
            // The type's own path is full; what stood before it is the module of the impl.
            out = flatten(own.trim_start_matches('&').trim_start_matches("mut "));
        } else {
            out.truncate(out.trim_end_matches("::").len());
        }
        rest = &rest[open + close + 1..];
    }
    out.push_str(rest);
    out
}

/// Index of the `>` that closes the `<` at the start.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            '>' if before != '-' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
        before = c;
    }
    None
}

/// Index of `word` outside every bracket.
fn top_level(text: &str, word: &str) -> Option<usize> {
    let mut depth = 0i32;
    for (at, c) in text.char_indices() {
        match c {
            '<' | '(' | '[' => depth += 1,
            '>' | ')' | ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 && text[at..].starts_with(word) {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::full;
    use crate::report::SiteKind;

    #[test]
    fn names_are_the_path_of_the_annotated_item() {
        let cases = [
            ("app::parse::__MEMOPT_SITE::__memopt_path", "parse", "app::parse"),
            (
                "app::json::Parser::parse::__MEMOPT_SITE::__memopt_path",
                "parse",
                "app::json::Parser::parse",
            ),
            ("app::Stack<T>::push::__MEMOPT_SITE::__memopt_path", "push", "app::Stack::push"),
            ("<app::A as app::Go>::go::__MEMOPT_SITE::__memopt_path", "go", "app::A::go"),
            ("<app::A<T> as app::Go<alloc::vec::Vec<T>>>::go::__memopt_path", "go", "app::A::go"),
            (
                "app::<impl app::Go for alloc::vec::Vec<u8>>::go::__memopt_path",
                "go",
                "alloc::vec::Vec::go",
            ),
            ("app::fetch::{{closure}}::__MEMOPT_SITE::__memopt_path", "fetch", "app::fetch"),
        ];
        for (type_name, name, expected) in cases {
            assert_eq!(full(SiteKind::Function, name, type_name), expected);
        }
    }

    #[test]
    fn a_block_is_named_below_its_function() {
        let path = "app::load::__MEMOPT_SITE::__memopt_path";
        assert_eq!(full(SiteKind::Block, "decode", path), "app::load::decode");
    }
}
