//! From a validated item to tokens: only `quote!`, no decisions about right and wrong.
//!
//! What is emitted names nothing but `::core::…`, `::memopt::__private::…` and locals that begin with `__memopt_`. Statements are put
//! in front of the user's own instead of nesting their block, which rustc would call superfluous braces.

mod edge;
mod func;
mod main;
mod mem_size;
mod site;
mod tail;
mod test;

use proc_macro2::TokenStream;
use quote::{ToTokens, TokenStreamExt};
use syn::DeriveInput;

use crate::args::{MainArgs, TestArgs, TrackArgs};
use crate::fallback;
use crate::model::{Container, Func, Item, Member, Plan};
use crate::validate;

/// Whether the attributes instrument, or check and give back (feature `track`).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Track,
    Off,
}

/// `#[track_alloc(args)] item`
pub(crate) fn track_alloc(args: TokenStream, item: &TokenStream, mode: Mode) -> TokenStream {
    let mut model = Item::parse(item.clone());
    match validate::track(&mut model, TrackArgs::parse(args)) {
        Ok(()) => whole(&model, item, mode),
        Err(error) => fallback::item(&error, &whole(&model, item, Mode::Off)),
    }
}

/// `#[memopt::main(args)] item`
pub(crate) fn main(args: TokenStream, item: &TokenStream, mode: Mode) -> TokenStream {
    let model = Item::parse(item.clone());
    let is_main = matches!(&model, Item::Func(func) if func.name == "main");
    match (MainArgs::parse(args), validate::main(model)) {
        (Ok(args), Ok(func)) if mode == Mode::Track => main::expand(&func, &args),
        (Ok(_), Ok(func)) => func.into_token_stream(),
        (Err(error), _) | (_, Err(error)) if is_main => fallback::main(&error, item),
        (Err(error), _) | (_, Err(error)) => fallback::item(&error, item),
    }
}

/// `#[memopt::test(args)] item`
pub(crate) fn test(args: TokenStream, item: &TokenStream, mode: Mode) -> TokenStream {
    match (TestArgs::parse(args), validate::test(Item::parse(item.clone()))) {
        (Ok(args), Ok(func)) => test::expand(&func, args, mode),
        (Err(error), _) | (_, Err(error)) => fallback::unused(&error, item),
    }
}

/// `#[derive(MemSize)] item`
pub(crate) fn mem_size(item: TokenStream) -> TokenStream {
    let input = match syn::parse2::<DeriveInput>(item) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let (name, generics) = (input.ident.clone(), input.generics.clone());
    match validate::mem_size(input) {
        Ok(shape) => mem_size::expand(&shape),
        Err(error) => fallback::mem_size(&error, &name, &generics),
    }
}

fn whole(item: &Item, source: &TokenStream, mode: Mode) -> TokenStream {
    let mut tokens = TokenStream::new();
    match item {
        Item::Func(func) => function(func, mode, &mut tokens),
        Item::Container(inner) => container(inner, mode, &mut tokens),
        Item::Other { .. } => source.to_tokens(&mut tokens),
    }
    tokens
}

fn function(func: &Func, mode: Mode, tokens: &mut TokenStream) {
    match (&func.plan, &func.body) {
        (Plan::Track(spec), Some(body)) if mode == Mode::Track => func::expand(func, body, spec, tokens),
        _ => func.to_tokens(tokens),
    }
}

fn container(container: &Container, mode: Mode, tokens: &mut TokenStream) {
    tokens.append_all(&container.attrs);
    tokens.append_all(&container.head);
    let Some(contents) = &container.body else { return };
    let mut inside = contents.inner_attrs.clone();
    for member in &contents.members {
        match member {
            Member::Func(func) => function(func, mode, &mut inside),
            Member::Container(inner) => self::container(inner, mode, &mut inside),
            Member::Verbatim { tokens, .. } => inside.append_all(tokens),
        }
    }
    tokens.append(contents.braces_around(inside));
}

#[cfg(test)]
mod snapshots;
