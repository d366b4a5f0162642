//! What `#[memopt::lazy_load]` may stand on: a struct with `#[lazy(..)]` fields, or a function whose arguments can be keys.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Fields, Result};

use crate::args::{LazyArgs, LazyFieldArgs};
use crate::model::{Angles, Func, is_punct, trees};

/// The attribute's name on a field.
const HELPER: &str = "lazy";

/// A struct with lazily loaded fields, without their attributes.
pub(crate) struct LazyStruct {
    pub(crate) input: DeriveInput,
    /// By the place of the field.
    pub(crate) fields: Vec<(usize, LazyField)>,
}

pub(crate) struct LazyField {
    pub(crate) load: TokenStream,
    pub(crate) error: Option<TokenStream>,
    pub(crate) is_async: bool,
    pub(crate) weigh: Option<TokenStream>,
    /// Where it may go while nobody holds it: after so many milliseconds without use, or with 0 only where memory is short.
    pub(crate) evict: Option<u64>,
}

/// Plans a struct; the attributes of its fields are gone from `input` whether or not there is an error.
pub(crate) fn lazy_struct(
    input: &mut DeriveInput,
    args: Result<LazyArgs>,
) -> Result<Vec<(usize, LazyField)>> {
    let name = input.ident.span();
    let Data::Struct(data) = &mut input.data else {
        return Err(Error::new(
            name,
            "`#[memopt::lazy_load]` goes on a struct or a function, not on an enum or union; put the lazily loaded value into a struct",
        ));
    };
    let mut taken: Vec<(usize, Span, Result<LazyFieldArgs>)> = Vec::new();
    let mut twice = None;
    for (at, field) in data.fields.iter_mut().enumerate() {
        for attr in field.attrs.extract_if(.., |attr| attr.path().is_ident(HELPER)) {
            let tokens = match &attr.meta {
                syn::Meta::List(list) => list.tokens.clone(),
                _ => TokenStream::new(),
            };
            if taken.last().is_some_and(|(last, ..)| *last == at) {
                twice.get_or_insert(attr.span());
            }
            taken.push((at, attr.span(), LazyFieldArgs::parse(tokens)));
        }
    }
    if let Some((span, key)) = args?.first() {
        let message = format!(
            "`{key}` limits what a function keeps; say for each field which may go: `#[lazy(load = .., evict)]` where memory is short, `#[lazy(load = .., idle = \"5min\")]` after a time"
        );
        return Err(Error::new(span, message));
    }
    if let Some(span) = twice {
        return Err(Error::new(span, "`#[lazy]` is given twice; keep one and put all arguments into it"));
    }
    if taken.is_empty() {
        return Err(Error::new(
            name,
            "no field is lazily loaded; mark one with `#[lazy(load = Self::read)]`",
        ));
    }
    if !matches!(data.fields, Fields::Named(_)) {
        let message = "`#[lazy]` makes a method of the field's name, and this field has none; use a struct with named fields";
        return Err(Error::new(taken[0].1, message));
    }
    taken.into_iter().map(|(at, span, args)| Ok((at, field(span, args?)?))).collect()
}

fn field(span: Span, args: LazyFieldArgs) -> Result<LazyField> {
    let Some(load) = args.load else {
        return Err(Error::new(
            span,
            "`#[lazy]` does not say how the field is loaded; write `#[lazy(load = Self::read)]` with a function of `&Self`",
        ));
    };
    let evict = args.idle.or_else(|| args.evict.then_some(0));
    Ok(LazyField { load, error: args.error, is_async: args.is_async, weigh: args.weigh, evict })
}

/// Neither a struct nor a function.
pub(crate) fn wrong_place(keyword: &Ident) -> Error {
    let article = if keyword == "impl" { "an" } else { "a" };
    let message = format!(
        "`#[memopt::lazy_load]` goes on a struct or a function, not on {article} {keyword}; put it on the fn inside"
    );
    Error::new(keyword.span(), message)
}

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
    pub(crate) parens: TokenTree,
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
            "this function has no body to load with; put `#[memopt::lazy_load]` on the implementation",
        );
    }
    let before_name =
        func.head.iter().position(|token| matches!(token, TokenTree::Ident(word) if *word == func.name));
    let after = before_name.map_or(&[][..], |at| &func.head[at + 1..]);
    for token in &func.head[..before_name.unwrap_or(0)] {
        if let TokenTree::Ident(word) = token
            && (word == "const" || word == "unsafe" || word == "extern")
        {
            let message = format!(
                "`#[memopt::lazy_load]` goes on a plain or async function, and this one is `{word}`; load in a function of its own"
            );
            return Err(Error::new(word.span(), message));
        }
    }
    let Some((TokenTree::Group(list), parens)) = after.first().map(|token| (token, token.clone())) else {
        return error(name, GENERIC);
    };
    let params = params(list)?;
    if func.output.is_empty() {
        return error(
            name,
            "there is nothing to keep: this function returns nothing; return the value that is loaded",
        );
    }
    if func.output_is_opaque() {
        let span = func.output.clone().into_iter().next().map_or(name, |token| token.span());
        return error(
            span,
            "a value that is kept needs a type with a name, and `impl Trait` has none; return the type itself or a `Box<dyn Trait>`",
        );
    }
    if params.is_empty()
        && let Some((span, _)) = args.max_bytes
    {
        return error(
            span,
            "`max_bytes` limits many values, and a function without arguments keeps one; use `idle`, or give the function a key",
        );
    }
    let (kept, fallible) = result(&func.output);
    Ok(LazyFunc { args, params, kept, fallible, parens })
}

const GENERIC: &str = "a generic function has no one place to keep its values; write one function for each type, or use `memopt::remedy::Cache` by hand";

fn params(list: &proc_macro2::Group) -> Result<Vec<Param>> {
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
    if tokens.iter().take(4).any(|token| matches!(token, TokenTree::Ident(word) if word == "self")) {
        return Err(Error::new(
            span,
            "`self` cannot be a key of what is kept; make it a `#[lazy(..)]` field of the struct, or a function of what identifies it",
        ));
    }
    let [TokenTree::Ident(name), colon, ty @ ..] = rest else {
        return Err(Error::new(
            span,
            "an argument is a key and needs a name; write `name: Type` and take it apart inside",
        ));
    };
    if !is_punct(colon, ':') || ty.is_empty() {
        return Err(Error::new(
            span,
            "an argument is a key and needs a name; write `name: Type` and take it apart inside",
        ));
    }
    let borrowed = ty.iter().zip(&ty[1..]).find_map(|(and, next)| is_punct(and, '&').then_some((and, next)));
    if let Some((and, _)) = borrowed.filter(|_| !is_static(ty)) {
        return Err(Error::new(
            and.span(),
            "an argument is kept as a key and cannot be borrowed; take it by value, such as `String` for `&str`",
        ));
    }
    Ok(Param { mutable, name: name.clone(), ty: ty.iter().cloned().collect() })
}

fn is_static(ty: &[TokenTree]) -> bool {
    matches!(ty, [_, quote, TokenTree::Ident(life), ..] if is_punct(quote, '\'') && life == "static")
}

/// The type that is kept, and what stands around it where the output is a `Result`, by whatever path.
fn result(output: &TokenStream) -> (TokenStream, Option<(TokenStream, TokenStream)>) {
    let tokens = trees(output.clone());
    let whole = || (output.clone(), None);
    let Some(open) = tokens.iter().position(|token| is_punct(token, '<')) else { return whole() };
    let named = open
        .checked_sub(1)
        .is_some_and(|at| matches!(&tokens[at], TokenTree::Ident(word) if word == "Result"));
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
