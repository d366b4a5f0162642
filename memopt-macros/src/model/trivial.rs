//! Functions that cost more to measure than there is to tell.

use memopt_units::{allocates_nothing, macro_allocates_nothing};
use proc_macro2::{Delimiter, Group, TokenTree};

use super::func::Func;
use super::operand::is_keyword;
use crate::tokens::{holds, is, is_punct, is_word, trees, word};

/// Whether a function is `#[inline(always)]`, or calls nothing but methods that by std's
/// conventions allocate nothing, such as `len`.
pub(crate) fn is_trivial(func: &Func) -> bool {
    let always = func
        .attrs
        .iter()
        .any(|attr| attr.name() == "inline" && attr.arguments().to_string().trim() == "always");
    let Some(body) = &func.body else { return false };
    always || (body.items.is_empty() && !calls(&body.statements))
}

/// Whether something is called that may allocate: a function, a method, a macro. A name with a
/// capital is one of a type or variant, which is only made.
fn calls(tokens: &[TokenTree]) -> bool {
    let called = |at: usize| {
        let TokenTree::Group(group) = &tokens[at] else { return false };
        let is_call = group.delimiter() == Delimiter::Parenthesis
            && at.checked_sub(1).is_some_and(|before| match &tokens[before] {
                TokenTree::Ident(name) => {
                    let name = name.to_string();
                    let is_method = before > 0 && is_punct(&tokens[before - 1], '.');
                    let is_free = is_method && allocates_nothing(&name);
                    !is_free && !is_keyword(&name) && !name.starts_with(char::is_uppercase)
                }
                // `f::<T>(x)`, `f(x)(y)`, `v[i](x)`
                TokenTree::Punct(mark) => mark.as_char() == '>' && !is(tokens, before - 1, '='),
                TokenTree::Group(_) => true,
                TokenTree::Literal(_) => false,
            });
        let is_macro = at >= 2
            && is_punct(&tokens[at - 1], '!')
            && !macro_allocates_nothing(&word(tokens, at - 2))
            && !matches!(word(tokens, at - 2).as_str(), "" | "return" | "if" | "while" | "match");
        // What is handed over may be a function: `map(str::to_owned)`.
        is_call || is_macro || calls(&trees(group.stream())) || hands_over(group)
    };
    (0..tokens.len()).any(called) || holds(tokens, &|token| is_word(token, "await"))
}

/// Whether a path of several names with a small last one stands alone among arguments.
fn hands_over(group: &Group) -> bool {
    let tokens = trees(group.stream());
    group.delimiter() == Delimiter::Parenthesis
        && tokens.split(|token| is_punct(token, ',')).any(|argument| {
            let is_path = argument.len() > 3
                && argument
                    .iter()
                    .all(|token| matches!(token, TokenTree::Ident(_)) || is_punct(token, ':'));
            let last = argument.last().map(ToString::to_string).unwrap_or_default();
            is_path && last.starts_with(char::is_lowercase)
        })
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
            "self.items.len().max(1)",
            "for x in self.a {}",
            "self.edges.get(self.next[0]).map(|edge| edge.weight)",
            "debug_assert!(self.a < 1); self.a",
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
            "future.await",
            "(self.f)(1)",
            "self.name.map(str::to_owned)",
            "self.items.iter().map(|item| item.to_string()).max()",
            "write!(f, \"{}\", self.a)",
        ] {
            assert!(!trivial(&format!("fn f(&self) {{ {body} }}")), "{body}");
        }
        assert!(!trivial("#[inline] fn f() { g() }"));
    }
}
