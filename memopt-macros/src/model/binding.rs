//! A `let`, taken apart.

use proc_macro2::{Ident, TokenTree};

use crate::tokens::{Angles, is, is_punct, is_word};

/// `let mut name: Type = value`, without its `;`.
pub(crate) struct Binding<'a> {
    pub(crate) keyword: &'a Ident,
    /// What stands before the `:` or `=`.
    pub(crate) pattern: &'a [TokenTree],
    /// The type behind `:`.
    pub(crate) ascribed: Option<&'a [TokenTree]>,
    /// What stands behind `=`.
    pub(crate) value: Option<&'a [TokenTree]>,
}

impl<'a> Binding<'a> {
    /// Reads a statement, which must begin with `let`.
    pub(crate) fn read(statement: &'a [TokenTree]) -> Option<Self> {
        let [TokenTree::Ident(keyword), rest @ ..] = statement else { return None };
        if keyword != "let" {
            return None;
        }
        // `=` outside of the angle brackets of the type; `==` and `=>` cannot come before it.
        let mut angles = Angles::default();
        let mut colon = None;
        let mut equals = None;
        for (at, token) in rest.iter().enumerate() {
            if angles.closed() && is_punct(token, '=') {
                equals = Some(at);
                break;
            }
            let path = is(rest, at + 1, ':') || at > 0 && is(rest, at - 1, ':');
            if colon.is_none() && is_punct(token, ':') && !path {
                colon = Some(at);
            }
            angles.feed(token);
        }
        let end = equals.unwrap_or(rest.len());
        Some(Self {
            keyword,
            pattern: &rest[..colon.unwrap_or(end)],
            ascribed: colon.map(|colon| &rest[colon + 1..end]),
            value: equals.map(|equals| &rest[equals + 1..]),
        })
    }
}

/// `mut` and the name, where a pattern is one variable.
pub(crate) fn variable(pattern: &[TokenTree]) -> Option<(Option<&TokenTree>, &Ident)> {
    match pattern {
        [TokenTree::Ident(name)] if name != "_" => Some((None, name)),
        [mutable, TokenTree::Ident(name)] if is_word(mutable, "mut") => Some((Some(mutable), name)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Binding, variable};
    use crate::tokens::trees;

    /// The variable, the type and the value.
    fn read(source: &str) -> Option<[Option<String>; 3]> {
        let tokens = trees(source.parse().unwrap());
        let binding = Binding::read(&tokens)?;
        let text = |tokens: &[proc_macro2::TokenTree]| {
            tokens.iter().map(ToString::to_string).collect::<Vec<_>>().concat()
        };
        let variable = variable(binding.pattern).map(|(_, name)| name.to_string());
        Some([variable, binding.ascribed.map(text), binding.value.map(text)])
    }

    fn parts(source: &str, variable: &str, ascribed: &str, value: &str) {
        let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        assert_eq!(read(source), Some([part(variable), part(ascribed), part(value)]), "{source}");
    }

    #[test]
    fn parts_are_found() {
        parts("let v = f()", "v", "", "f()");
        parts("let mut v: Vec<u8>= Vec::new()", "v", "Vec<u8>", "Vec::new()");
        parts("let v: Box<dyn Fn(u8) -> A<B = C>> = x == y", "v", "Box<dynFn(u8)->A<B=C>>", "x==y");
        parts("let v", "v", "", "");
        parts("let (a, b) = c", "", "", "c");
        parts("let Some(a): Option<A> = b else { c }", "", "Option<A>", "belse{ c }");
        parts("let _ = c", "", "", "c");
        parts("let A::B(x) = c", "", "", "c");
    }

    #[test]
    fn other_statements_are_none() {
        for source in ["v = 1", "letter = 1", "", "if let Some(v) = x {}"] {
            assert_eq!(read(source), None, "{source}");
        }
    }
}
