//! Functions that cost more to measure than there is to tell.

use proc_macro2::{Delimiter, TokenTree};

use super::func::Func;
use super::operand::is_keyword;
use crate::tokens::{holds, is, is_punct, is_word, trees, word};

/// Methods that look at a value and allocate nothing.
const LOOKING: [&str; 22] = [
    "as_bytes",
    "as_deref",
    "as_mut",
    "as_mut_slice",
    "as_ptr",
    "as_ref",
    "as_slice",
    "as_str",
    "borrow",
    "capacity",
    "copied",
    "deref",
    "first",
    "is_empty",
    "is_err",
    "is_none",
    "is_ok",
    "is_some",
    "iter",
    "iter_mut",
    "last",
    "len",
];

/// Whether a function is `#[inline(always)]`, calls nothing, or only returns a field or what a
/// method such as `len` says of it.
pub(crate) fn is_trivial(func: &Func) -> bool {
    let always = func
        .attrs
        .iter()
        .any(|attr| attr.name() == "inline" && attr.arguments().to_string().trim() == "always");
    let Some(body) = &func.body else { return false };
    let calls_nothing = body.items.is_empty() && !calls(&body.statements);
    always || calls_nothing || returns_a_field(&body.statements)
}

/// Whether something is called: a function, a method, a macro, or the iterator of a loop. A name
/// with a capital is one of a type or variant, which is only made.
fn calls(tokens: &[TokenTree]) -> bool {
    let called = |at: usize| {
        let TokenTree::Group(group) = &tokens[at] else { return false };
        let is_call = group.delimiter() == Delimiter::Parenthesis
            && at.checked_sub(1).is_some_and(|before| match &tokens[before] {
                TokenTree::Ident(name) => {
                    let name = name.to_string();
                    !is_keyword(&name) && !name.starts_with(char::is_uppercase)
                }
                // `f::<T>(x)`, `f(x)(y)`, `v[i](x)`
                TokenTree::Punct(mark) => mark.as_char() == '>' && !is(tokens, before - 1, '='),
                TokenTree::Group(_) => true,
                TokenTree::Literal(_) => false,
            });
        let is_macro = at >= 2
            && is_punct(&tokens[at - 1], '!')
            && !matches!(word(tokens, at - 2).as_str(), "" | "return" | "if" | "while" | "match");
        is_call || is_macro || calls(&trees(group.stream()))
    };
    let waits = |token: &TokenTree| is_word(token, "for") || is_word(token, "await");
    (0..tokens.len()).any(called) || holds(tokens, &waits)
}

/// `&self.a.b`, `self.a.len()`
fn returns_a_field(tokens: &[TokenTree]) -> bool {
    let from = tokens.iter().position(|token| is_word(token, "self")).unwrap_or(tokens.len());
    let (before, path) = tokens.split_at(from);
    let reads =
        |token: &TokenTree| is_punct(token, '&') || is_punct(token, '*') || is_word(token, "mut");
    let Some((_, path)) = path.split_first() else { return false };
    let (path, last) = match path.split_last() {
        Some((TokenTree::Group(group), path))
            if group.delimiter() == Delimiter::Parenthesis && group.stream().is_empty() =>
        {
            (path, true)
        }
        _ => (path, false),
    };
    let fields = path.chunks(2).all(|pair| {
        matches!(pair, [dot, TokenTree::Ident(_) | TokenTree::Literal(_)] if is_punct(dot, '.'))
    });
    let looks = !last || LOOKING.contains(&word(path, path.len().saturating_sub(1)).as_str());
    before.iter().all(reads) && fields && looks
}

#[cfg(test)]
mod tests {
    use super::{Func, is_trivial};
    use crate::model::Item;

    fn trivial(source: &str) -> bool {
        let Item::Func(func) = Item::parse(source.parse().unwrap()) else { panic!("{source}") };
        let func: Func = func;
        is_trivial(&func)
    }

    #[test]
    fn what_calls_nothing_is_left_alone() {
        for body in [
            "",
            "self.a",
            "&mut self.a.0",
            "self.items.len()",
            "&*self.a.b.as_ref()",
            "Self { a, b: 1 }",
            "Some(Self(a))",
            "if (a + 1) < self.b { return None; } Some(a)",
            "match self { Self::A(x) => (x, 1), Self::B { .. } => (2, 3) }",
            "!(a)",
        ] {
            assert!(trivial(&format!("fn f(&self) {{ {body} }}")), "{body}");
        }
        assert!(trivial("#[inline(always)] fn f() { g() }"));
    }

    #[test]
    fn what_calls_is_measured() {
        for body in [
            "g()",
            "self.items.to_vec()",
            "self.a(b)",
            "Vec::new()",
            "vec![1]",
            "Some(g())",
            "g::<T>()",
            "for x in self.a {}",
            "future.await",
            "self.items.len().max(1)",
            "(self.f)(1)",
        ] {
            assert!(!trivial(&format!("fn f(&self) {{ {body} }}")), "{body}");
        }
        assert!(!trivial("#[inline] fn f() { g() }"));
    }
}
