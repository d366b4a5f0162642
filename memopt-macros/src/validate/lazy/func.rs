//! A function whose arguments can be keys.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use syn::{Error, Result};

use crate::args::LazyArgs;
use crate::model::Func;
use crate::tokens::{Angles, is_punct, is_word, trees};

/// A function that becomes a singleton or a cache.
pub(crate) struct LazyFunc {
    pub(crate) args: LazyArgs,
    /// Names and types.
    pub(crate) params: Vec<Param>,
    /// The type that is kept.
    pub(crate) kept: TokenStream,
    /// What stands around it where the function can fail: `std::io::Result <` and `, Error >`.
    pub(crate) fallible: Option<(TokenStream, TokenStream)>,
    /// The list of parameters, in the head.
    pub(crate) parens: Group,
}

pub(crate) struct Param {
    /// `mut` or nothing.
    pub(crate) mutable: Option<Ident>,
    pub(crate) name: Ident,
    pub(crate) ty: TokenStream,
}

/// Plans a function.
pub(crate) fn lazy_func(func: &Func, args: LazyArgs) -> Result<LazyFunc> {
    let name = func.name.span();
    let error = |span: Span, message: &str| Err(Error::new(span, message));
    if func.body.is_none() {
        return error(
            name,
            "this function has no body, which would be the loader; put `#[memopt::lazy_load]` on \
            the \
            implementation",
        );
    }
    let before_name = func
        .head
        .iter()
        .position(|token| matches!(token, TokenTree::Ident(word) if *word == func.name));
    let after = before_name.map_or(&[][..], |at| &func.head[at + 1..]);
    for token in &func.head[..before_name.unwrap_or(0)] {
        if let TokenTree::Ident(word) = token
            && (word == "const" || word == "unsafe" || word == "extern")
        {
            let message = format!(
                "`#[memopt::lazy_load]` goes on a plain or async function, and this one is \
                `{word}`; \
                move the loading into a function of its own"
            );
            return Err(Error::new(word.span(), message));
        }
    }
    let Some(TokenTree::Group(list)) = after.first() else { return error(name, GENERIC) };
    let params = params(list)?;
    if func.output.is_empty() {
        return error(
            name,
            "this function returns nothing, so there is no value to keep; return the loaded value",
        );
    }
    if func.output_is_opaque() {
        let span = func.output.clone().into_iter().next().map_or(name, |token| token.span());
        return error(
            span,
            "a kept value needs a type with a name, and `impl Trait` has none; return the type \
            itself \
            or a `Box<dyn Trait>`",
        );
    }
    if params.is_empty()
        && let Some((span, _)) = args.max_bytes
    {
        return error(
            span,
            "`max_bytes` limits many values, and a function without arguments keeps one; use \
            `idle`, \
            or give the function a key",
        );
    }
    let (kept, fallible) = result(&func.output);
    Ok(LazyFunc { args, params, kept, fallible, parens: list.clone() })
}

const GENERIC: &str = "a generic function has no single place to keep its values; write one \
    function \
    for each type, or use `memopt::remedy::Cache` by hand";

const NAMELESS: &str = "an argument is a key and needs a name; write `name: Type` and take it \
    apart in the \
    body";

fn params(list: &Group) -> Result<Vec<Param>> {
    if list.delimiter() != Delimiter::Parenthesis {
        return Err(Error::new(list.span(), GENERIC));
    }
    let mut params = Vec::new();
    let mut angles = Angles::default();
    let mut one = Vec::new();
    for token in trees(list.stream()) {
        if is_punct(&token, ',') && angles.closed() {
            params.push(param(&std::mem::take(&mut one))?);
            continue;
        }
        angles.feed(&token);
        one.push(token);
    }
    if !one.is_empty() {
        params.push(param(&one)?);
    }
    Ok(params)
}

fn param(tokens: &[TokenTree]) -> Result<Param> {
    let span = tokens.first().map_or_else(Span::call_site, TokenTree::span);
    let (mutable, rest) = match tokens {
        [TokenTree::Ident(word), rest @ ..] if word == "mut" => (Some(word.clone()), rest),
        rest => (None, rest),
    };
    if tokens.iter().take(4).any(|token| is_word(token, "self")) {
        let message = "`self` cannot be a key; make the value a `#[lazy(..)]` field of the struct, \
            or \
            load it in a function of what identifies it";
        return Err(Error::new(span, message));
    }
    let [TokenTree::Ident(name), colon, ty @ ..] = rest else {
        return Err(Error::new(span, NAMELESS));
    };
    if !is_punct(colon, ':') || ty.is_empty() {
        return Err(Error::new(span, NAMELESS));
    }
    let borrowed = ty.split_last().and_then(|(_, ty)| ty.iter().find(|token| is_punct(token, '&')));
    if let Some(and) = borrowed.filter(|_| !is_static(ty)) {
        let message = "an argument is kept as a key and cannot be borrowed; take it by value, such \
            as \
            `String` for `&str`";
        return Err(Error::new(and.span(), message));
    }
    Ok(Param { mutable, name: name.clone(), ty: ty.iter().cloned().collect() })
}

fn is_static(ty: &[TokenTree]) -> bool {
    matches!(ty, [_, quote, life, ..] if is_punct(quote, '\'') && is_word(life, "static"))
}

/// The type that is kept, and what stands around it where the output is a `Result`, by whatever
/// path.
fn result(output: &TokenStream) -> (TokenStream, Option<(TokenStream, TokenStream)>) {
    let tokens = trees(output.clone());
    let whole = || (output.clone(), None);
    let Some(open) = tokens.iter().position(|token| is_punct(token, '<')) else { return whole() };
    let named = open.checked_sub(1).is_some_and(|at| is_word(&tokens[at], "Result"));
    if !named {
        return whole();
    }
    let mut angles = Angles::default();
    let inside = &tokens[open + 1..];
    let end = inside.iter().position(|token| {
        let ends = angles.closed() && (is_punct(token, ',') || is_punct(token, '>'));
        angles.feed(token);
        ends
    });
    let Some(end) = end else { return whole() };
    let collect = |tokens: &[TokenTree]| tokens.iter().cloned().collect::<TokenStream>();
    (collect(&inside[..end]), Some((collect(&tokens[..=open]), collect(&inside[end..]))))
}
