//! What `#[memopt::streamed]` goes on: a function that fills one vector and returns it.
//!
//! [`output`] finds the vector, [`body`] reads everything done with it, [`misuse`] says what is
//! wrong with a use.

mod body;
mod misuse;
mod output;
mod place;

use proc_macro2::{Span, TokenTree};
use syn::{Error, Result};

use super::misplaced::only_on_functions;
use super::track::{TWICE, direct, is_streamed, no_arena, take_helpers};
use crate::args::StreamedArgs;
use crate::model::{Func, Item, Plan, Rows, Spec, Streaming};
use crate::tokens::invisible;

/// Plans `#[memopt::streamed(..)]` on `item`. A `#[track_alloc]` on it is taken away whether or not
/// there is an error.
pub(crate) fn streamed(item: &mut Item, args: Result<StreamedArgs>) -> Result<(&Func, Streaming)> {
    let Item::Func(func) = item else {
        args?;
        return Err(only_on_functions(item, "memopt::streamed"));
    };
    let track = site(func);
    let args = args?;
    let track = track?;
    no_arena(func)?;
    if let Some(span) = func.constness {
        let message = "`#[memopt::streamed]` cannot stream a `const fn`: the iterator lives on the \
            heap; \
            remove `const` or the attribute";
        return Err(Error::new(span, message));
    }
    if is_streamed(func) {
        let message = "`#[memopt::streamed]` is given twice; remove one of them";
        return Err(Error::new(func.name.span(), message));
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
fn site(func: &mut Func) -> Result<Option<Spec>> {
    let mut helpers = take_helpers(&mut func.attrs);
    let Some((_, args)) = helpers.pop() else { return Ok(None) };
    if let Some((span, _)) = helpers.pop() {
        return Err(Error::new(span, TWICE));
    }
    direct(func, args)?;
    match std::mem::replace(&mut func.plan, Plan::Leave) {
        Plan::Track(spec) => Ok(Some(spec)),
        Plan::Leave => Ok(None),
    }
}

fn not_rows(func: &Func) -> Error {
    let name = func.plain_name();
    let rule =
        "`#[memopt::streamed]` goes on a function that returns `Vec<T>` or `Result<Vec<T>, E>`";
    let (span, returned) = match func.output.clone().into_iter().next() {
        Some(first) => (span(&first), "another type; return one of these, written out,"),
        None => (func.name.span(), "nothing; return one of these"),
    };
    Error::new(span, format!("{rule}, and `{name}` returns {returned} or remove the attribute"))
}

/// Of `$t:ty` of a `macro_rules!`, what stands inside.
fn span(token: &TokenTree) -> Span {
    let inside = invisible(token).and_then(|group| group.stream().into_iter().next());
    inside.map_or_else(|| token.span(), |first| first.span())
}
