//! Bodies that clippy compares with a pattern: a guard in front of them is no longer the pattern.

use super::func::{Body, Func};

/// Whether clippy asks for the very body that the user wrote: `*self` of a `clone`,
/// `Some(self.cmp(other))` of a `partial_cmp`.
pub(crate) fn is_canonical(func: &Func, body: &Body) -> bool {
    let text: String = body.statements.iter().map(ToString::to_string).collect();
    let text = text.replace(' ', "");
    match func.plain_name().as_str() {
        "clone" => text == "*self",
        "partial_cmp" => is_cmp(&text),
        _ => false,
    }
}

/// `Some(self.cmp(other))`, `Some(Ord::cmp(self, other))`, `self.cmp(other).into()`
fn is_cmp(text: &str) -> bool {
    let inside = text
        .strip_prefix("Some(")
        .and_then(|text| text.strip_suffix(')'))
        .or_else(|| text.strip_suffix(".into()"));
    let Some(call) = inside.and_then(|text| text.strip_suffix(')')) else { return false };
    let Some((called, arguments)) = call.split_once('(') else { return false };
    let name = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == '_');
    match arguments.strip_prefix("self,") {
        Some(other) => called.ends_with("::cmp") && name(other),
        None => called == "self.cmp" && name(arguments),
    }
}

#[cfg(test)]
mod tests {
    use super::is_cmp;

    #[test]
    fn only_the_bodies_that_clippy_asks_for() {
        for text in ["Some(self.cmp(other))", "Some(Ord::cmp(self,o))", "self.cmp(other).into()"] {
            assert!(is_cmp(text), "{text}");
        }
        for text in ["self.cmp(other)", "Some(self.0.cmp(&other.0))", "Some(self.cmp(o).reverse())"]
        {
            assert!(!is_cmp(text), "{text}");
        }
    }
}
