//! What `#[memopt::streamed]` goes on: a function that fills one vector and returns it.
//!
//! [`output`] finds the vector, [`body`] reads everything done with it, [`misuse`] says what is wrong with a use.

mod body;
mod misuse;
mod output;

use proc_macro2::{Span, TokenTree};
use syn::{Error, Result};

use super::{direct, take_helpers};
use crate::args::StreamedArgs;
use crate::model::{Func, Item, Plan, Rows, Streaming};

/// Whether `#[memopt::streamed]` stands on the function too, and has not been expanded yet.
pub(crate) fn is_streamed(func: &Func) -> bool {
    func.attrs.iter().any(|attr| attr.name() == "streamed")
}

/// Plans `#[memopt::streamed(..)]` on `item`. A `#[track_alloc]` on it is taken away whether or not there is an error.
pub(crate) fn streamed(item: &mut Item, args: Result<StreamedArgs>) -> Result<(&Func, Streaming)> {
    let Item::Func(func) = item else {
        args?;
        return Err(not_a_function(item));
    };
    let track = site(func);
    let args = args?;
    let track = track?;
    if let Some(span) = func.constness {
        return Err(Error::new(
            span,
            "`#[memopt::streamed]` cannot stream a `const fn`: its iterator lives on the heap; remove `const` or the attribute",
        ));
    }
    if is_streamed(func) {
        return Err(Error::new(func.name.span(), "`#[memopt::streamed]` is given twice; remove one of them"));
    }
    let Some(body) = &func.body else {
        let message = format!(
            "`{}` has no body to stream; put `#[memopt::streamed]` on the implementation",
            func.plain_name()
        );
        return Err(Error::new(func.name.span(), message));
    };
    let rows = Rows::parse(&func.output).ok_or_else(|| not_rows(func))?;
    let found = output::find(func, &body.statements, rows.fallible)?;
    let body = body::read(&body.statements, &found, rows.fallible, func.asyncness.is_some())?;
    Ok((func, Streaming { rows, chunk: args.chunk, track, body }))
}

/// The site of a `#[track_alloc]` below.
fn site(func: &mut Func) -> Result<Option<crate::model::Spec>> {
    let mut helpers = take_helpers(func);
    let Some((_, args)) = helpers.pop() else { return Ok(None) };
    if let Some((span, _)) = helpers.pop() {
        return Err(Error::new(
            span,
            "`#[track_alloc]` is given twice; keep one and put all arguments into it",
        ));
    }
    direct(func, args)?;
    match std::mem::replace(&mut func.plan, Plan::Leave) {
        Plan::Track(spec) => Ok(Some(spec)),
        Plan::Leave => Ok(None),
    }
}

fn not_a_function(item: &Item) -> Error {
    let (what, span) = match item {
        Item::Container(container) => {
            let article = if container.keyword == "impl" { "an" } else { "a" };
            (format!("{article} {}", container.keyword), container.keyword.span())
        }
        Item::Other { what, span } => (what.clone(), *span),
        Item::Func(func) => ("this".to_owned(), func.name.span()),
    };
    Error::new(
        span,
        format!("`#[memopt::streamed]` goes on a function, not on {what}; move it to the fn it is meant for"),
    )
}

fn not_rows(func: &Func) -> Error {
    let name = func.plain_name();
    let rule = "`#[memopt::streamed]` gives the items of a `Vec<T>` or `Result<Vec<T>, E>` out one by one";
    match func.output.clone().into_iter().next() {
        Some(first) => Error::new(
            span(&first),
            format!(
                "{rule}, and `{name}` returns another type; return one of these, written out, or remove the attribute"
            ),
        ),
        None => Error::new(
            func.name.span(),
            format!("{rule}, and `{name}` returns nothing; return one of these or remove the attribute"),
        ),
    }
}

/// Of `$t:ty` of a `macro_rules!`, what stands inside.
fn span(token: &TokenTree) -> Span {
    match token {
        TokenTree::Group(group) if group.delimiter() == proc_macro2::Delimiter::None => {
            group.stream().into_iter().next().map_or_else(|| group.span(), |first| first.span())
        }
        token => token.span(),
    }
}
