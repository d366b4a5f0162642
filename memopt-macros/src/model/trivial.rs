//! Functions that cost more to measure than there is to tell.

use memopt_units::{allocates_nothing, macro_allocates_nothing, mostly_allocates};
use proc_macro2::{Delimiter, Group, TokenTree};
use std::collections::BTreeSet;

use super::func::Func;
use super::operand::is_keyword;
use crate::tokens::{holds, is, is_punct, is_word, trees, word};

/// Methods of std's traits that by convention allocate nothing and are called often.
const OFTEN: [&str; 21] = [
    "as_mut",
    "as_ref",
    "borrow",
    "borrow_mut",
    "cmp",
    "deref",
    "deref_mut",
    "eq",
    "ge",
    "gt",
    "hash",
    "index",
    "index_mut",
    "le",
    "len",
    "lt",
    "ne",
    "next",
    "next_back",
    "partial_cmp",
    "size_hint",
];

/// Whether a function is `#[inline(always)]`, calls nothing but methods that by std's conventions
/// allocate nothing, such as `len`, is one of those that are called often by its own name, or only
/// hands on to one of its neighbours: the functions with a body beside it in its impl or trait.
pub(crate) fn is_trivial(func: &Func, neighbours: &BTreeSet<String>) -> bool {
    let always = func
        .attrs
        .iter()
        .any(|attr| attr.name() == "inline" && attr.arguments().to_string().trim() == "always");
    let Some(body) = &func.body else { return false };
    let is_free = || {
        let by_name = OFTEN.contains(&func.name.to_string().as_str());
        !calls(&body.statements)
            || hands_on(func, &body.statements, neighbours)
            || (by_name && !names_an_allocation(&body.statements))
    };
    always || (body.items.is_empty() && is_free())
}

/// Whether the body is one call of a neighbour, `self.f(x)` or `Self::f(x)`, and calls nothing
/// else: what is allocated is told there. One of the same name is another: the type's own beside a
/// trait's.
fn hands_on(func: &Func, statements: &[TokenTree], neighbours: &BTreeSet<String>) -> bool {
    let [receiver, path @ .., TokenTree::Group(arguments)] = statements else { return false };
    let name = match path {
        [dot, TokenTree::Ident(name)] if is_word(receiver, "self") && is_punct(dot, '.') => name,
        [one, two, TokenTree::Ident(name)]
            if is_word(receiver, "Self") && is_punct(one, ':') && is_punct(two, ':') =>
        {
            name
        }
        _ => return false,
    };
    *name != func.name
        && neighbours.contains(&name.to_string())
        && arguments.delimiter() == Delimiter::Parenthesis
        && !calls(&trees(arguments.stream()))
        && !hands_over(arguments)
}

/// Types that are made by an allocation.
const BOXES: [&str; 3] = ["Arc", "Box", "Rc"];

/// Whether something stands there that mostly allocates: `push`, `collect`, `Box`, `format!`, or a
/// collection that is pre-sized.
fn names_an_allocation(tokens: &[TokenTree]) -> bool {
    let allocates = |(at, token): (usize, &TokenTree)| match token {
        TokenTree::Ident(name) => {
            let name = name.to_string();
            let is_macro = is(tokens, at + 1, '!') && !is(tokens, at + 2, '=');
            mostly_allocates(&name)
                || BOXES.contains(&name.as_str())
                || ["await", "presize", "to_path_buf", "with_capacity"].contains(&name.as_str())
                || (is_macro && !is_keyword(&name) && !macro_allocates_nothing(&name))
        }
        TokenTree::Group(group) => names_an_allocation(&trees(group.stream())),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    };
    tokens.iter().enumerate().any(allocates)
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
        is_trivial(&func, &["f", "g"].map(str::to_owned).into())
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
    fn what_only_hands_on_is_left_alone() {
        for body in ["self.g()", "self.g(a, &self.b)", "Self::g(self, 1)"] {
            assert!(trivial(&format!("fn f(&self) {{ {body} }}")), "{body}");
        }
        for body in [
            "self.g().h()",
            "self.a.g()",
            "self.g(h())",
            "self.g(a)?",
            "Other::g(1)",
            "self.f()",
            "self.to_string()",
            "Self::from(a)",
            "self.collect()",
            "self.g(str::to_owned)",
            "self.g(vec![1])",
        ] {
            assert!(!trivial(&format!("fn f(&self) {{ {body} }}")), "{body}");
        }
    }

    #[test]
    fn what_a_convention_says_allocates_nothing_is_left_alone() {
        assert!(trivial(
            "fn next(&mut self) -> Option<E> { self.at = step(self.at)?; edge(self) }"
        ));
        assert!(trivial("fn hash(&self, to: &mut H) { if !self.a { write(to, self.b) } }"));
        for body in [
            "self.read(); Some(self.text.clone())",
            "Box::new(f(self))",
            "f(self).into()",
            "f(self, format!(\"\"))",
            "#[presize] let found = Vec::new(); all(self, found)",
        ] {
            assert!(!trivial(&format!("fn next(&mut self) {{ {body} }}")), "{body}");
        }
        assert!(!trivial("fn parse(&mut self) { step(self.at) }"));
        assert!(!trivial("fn load(path: &Path) -> Model { decode(&read(path)) }"));
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
