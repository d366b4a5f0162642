//! Which variable is the output: the one returned, declared as an empty vector at the top of the
//! body.

use proc_macro2::{Delimiter, Group, Ident, TokenTree};
use syn::{Error, Result};

use crate::model::Func;
use crate::model::binding::{Binding, variable};
use crate::model::statements::{Kind, Statement, arms, statements};
use crate::tokens::{called_macro, is, is_group, is_punct, is_word, trees, word};

/// The output vector.
pub(super) struct Output {
    pub(super) name: Ident,
    /// Where its `let` begins among the tokens of the body.
    pub(super) declared: usize,
    /// The brackets behind what makes it, with a capacity in them or nothing.
    pub(super) capacity: Group,
}

/// Finds the output of `func`, whose statements are `tokens`.
pub(super) fn find(func: &Func, tokens: &[TokenTree], fallible: bool) -> Result<Output> {
    let mut returned = Vec::new();
    values(tokens, fallible, &mut returned);
    returns(tokens, fallible, &mut returned);
    let lets = statements(tokens).into_iter().filter(|statement| statement.kind == Kind::Let);
    let declarations: Vec<Declaration<'_>> =
        lets.filter_map(|statement| Declaration::read(tokens, statement)).collect();
    let declared = |name: &Ident| declarations.iter().find(|declared| declared.name == name);
    let Some(output) =
        returned.iter().find_map(declared).or_else(|| of_endless(tokens, &declarations))
    else {
        return Err(none(func, tokens));
    };
    let name = output.name;
    if let Some(second) = returned.iter().find(|returned| *returned != name) {
        let message = format!(
            "`{second}` is returned, and so is `{name}`; a streamed function has one output: push \
            everything to `{name}`"
        );
        return Err(Error::new(second.span(), message));
    }
    let Some(capacity) = empty_vector(output.value) else {
        let message = format!(
            "`{name}` does not begin empty; write `let mut {name} = Vec::new();` and push its \
            first \
            items"
        );
        return Err(Error::new(name.span(), message));
    };
    Ok(Output { name: name.clone(), declared: output.from, capacity })
}

/// The one empty vector of a body that ends in a `loop` without a `return`.
fn of_endless<'a, 'b>(
    tokens: &[TokenTree],
    declarations: &'b [Declaration<'a>],
) -> Option<&'b Declaration<'a>> {
    let last = statements(tokens).pop()?;
    let mut empty = declarations.iter().filter(|declared| empty_vector(declared.value).is_some());
    empty.next().filter(|_| empty.next().is_none() && word(tokens, last.body) == "loop")
}

/// The error where nothing that is returned is a variable of the body.
fn none(func: &Func, tokens: &[TokenTree]) -> Error {
    let name = func.plain_name();
    let last = statements(tokens).into_iter().next_back();
    let value = last.map_or(&[][..], |last| &tokens[last.body..last.to]);
    let collect = value.iter().rposition(|token| is_word(token, "collect"));
    if let Some(at) = collect {
        let message = format!(
            "`{name}` only collects an iterator; return the iterator itself (`-> impl \
            Iterator<Item = \
            ..>`, without `collect`) and remove the attribute"
        );
        return Error::new(value[at].span(), message);
    }
    let message = format!(
        "no output vector is found in `{name}`; begin with `let mut out = Vec::new();`, \
        `out.push(..)` \
        each item and end with `out` or `Ok(out)`"
    );
    Error::new(value.first().map_or_else(|| func.name.span(), TokenTree::span), message)
}

/// A `let` of one variable, and its value.
struct Declaration<'a> {
    name: &'a Ident,
    value: &'a [TokenTree],
    /// Where it begins among the tokens of the body.
    from: usize,
}

impl<'a> Declaration<'a> {
    fn read(tokens: &'a [TokenTree], statement: Statement) -> Option<Self> {
        let whole = &tokens[statement.body..statement.to];
        let whole = match whole.split_last() {
            Some((last, whole)) if is_punct(last, ';') => whole,
            _ => whole,
        };
        let binding = Binding::read(whole)?;
        let (_, name) = variable(binding.pattern)?;
        Some(Self { name, value: binding.value.unwrap_or_default(), from: statement.from })
    }
}

/// Whether the expression is an empty vector, and its brackets: those of `new()`,
/// `with_capacity(..)`, `vec![]`.
pub(super) fn empty_vector(tokens: &[TokenTree]) -> Option<Group> {
    let (TokenTree::Group(brackets), path) = tokens.split_last()? else { return None };
    let empty = brackets.stream().is_empty();
    if let Some(name) = called_macro(path) {
        return (path.len() == 2 && name == "vec" && empty).then(|| brackets.clone());
    }
    let TokenTree::Ident(method) = path.last()? else { return None };
    let plain = |token: &TokenTree| match token {
        TokenTree::Punct(punct) => punct.as_char() != '.',
        token => matches!(token, TokenTree::Ident(_)),
    };
    let of = |owner: &str| path.iter().any(|token| is_word(token, owner));
    // In `Vec::<(A, B)>::new()` there is a group between the angle brackets.
    let angles = path.iter().any(|token| is_punct(token, '<'));
    if brackets.delimiter() != Delimiter::Parenthesis || !(angles || path.iter().all(plain)) {
        return None;
    }
    let made = match method.to_string().as_str() {
        "new" => of("Vec") && empty,
        "default" => (of("Vec") || of("Default")) && empty,
        "with_capacity" => of("Vec"),
        _ => false,
    };
    made.then(|| brackets.clone())
}

/// The variable in `out`, or in `Ok(out)` where the function is fallible.
pub(super) fn returned(tokens: &[TokenTree], fallible: bool) -> Option<Ident> {
    match tokens {
        [TokenTree::Ident(name)] if !fallible => Some(name.clone()),
        [TokenTree::Ident(ok), TokenTree::Group(group)] if fallible && ok == "Ok" => {
            match trees(group.stream()).as_slice() {
                [TokenTree::Ident(name)] => Some(name.clone()),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The variables that are the value of the block: at its end, or at the end of its last `if` or
/// `match`.
fn values(tokens: &[TokenTree], fallible: bool, found: &mut Vec<Ident>) {
    if let Some(last) = statements(tokens).pop().filter(|last| last.kind == Kind::Value) {
        value(&tokens[last.body..last.to], fallible, found);
    }
}

fn value(tokens: &[TokenTree], fallible: bool, found: &mut Vec<Ident>) {
    found.extend(returned(tokens, fallible).filter(|name| name != "return"));
    let matches = word(tokens, 0) == "match";
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        if !is_value_block(tokens, at) {
            continue;
        }
        let inside = trees(group.stream());
        if matches {
            for (from, to) in arms(&inside) {
                value(&inside[from..to], fallible, found);
            }
        } else {
            values(&inside, fallible, found);
        }
    }
}

/// Whether the braces at `at` give the expression that is `tokens` its value: of a block, an `if`,
/// or a `match`.
pub(super) fn is_value_block(tokens: &[TokenTree], at: usize) -> bool {
    is_group(tokens, at, Delimiter::Brace)
        && (at + 1 == tokens.len() || word(tokens, at + 1) == "else")
        && (at == 0 || matches!(word(tokens, 0).as_str(), "if" | "match" | "unsafe"))
}

/// The variables in `return out`, anywhere but in items.
fn returns(tokens: &[TokenTree], fallible: bool, found: &mut Vec<Ident>) {
    let mut at = 0;
    while at < tokens.len() {
        if word(tokens, at) == "fn" && !word(tokens, at + 1).is_empty() {
            at = (at..tokens.len())
                .find(|&at| is_group(tokens, at, Delimiter::Brace))
                .unwrap_or(tokens.len());
        } else if word(tokens, at) == "return" {
            found.extend(returned(operand(tokens, at + 1), fallible));
        } else if let TokenTree::Group(group) = &tokens[at] {
            returns(&trees(group.stream()), fallible, found);
        }
        at += 1;
    }
}

/// What is returned by a `return` in front of `from`.
pub(super) fn operand(tokens: &[TokenTree], from: usize) -> &[TokenTree] {
    let end = (from..tokens.len()).find(|&at| is(tokens, at, ';') || is(tokens, at, ','));
    &tokens[from.min(tokens.len())..end.unwrap_or(tokens.len())]
}
