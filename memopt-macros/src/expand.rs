//! From a validated item to tokens: only `quote!`, no decisions about right and wrong.
//!
//! What is emitted names nothing but `::core::…`, `::memopt::__private::…` and locals that begin with `__memopt_`. Statements are put
//! in front of the user's own instead of nesting their block, which rustc would call superfluous braces.

mod edge;
mod func;
mod lazy;
mod main;
mod mem_size;
mod pooled;
mod presize;
mod site;
mod streamed;
mod tail;
mod test;

use proc_macro2::TokenStream;
use quote::{ToTokens, TokenStreamExt, quote};
use syn::{DeriveInput, Error};

use crate::args::{LazyArgs, MainArgs, PoolArgs, StreamedArgs, TestArgs, TrackArgs};
use crate::fallback;
use crate::model::{Container, Func, Item, Member, Plan, unmarked};
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
    let planned = validate::track(&mut model, TrackArgs::parse(args));
    // Also beside an error: the attributes inside must go.
    let presized = presize::apply(&mut model);
    match planned.and(presized) {
        Ok(()) => whole(&model, item, mode),
        Err(error) => fallback::item(&error, &whole(&model, item, Mode::Off)),
    }
}

/// `#[memopt::arena(args)] item`
pub(crate) fn arena(args: TokenStream, item: &TokenStream, mode: Mode) -> TokenStream {
    let mut model = Item::parse(item.clone());
    match validate::arena(&mut model, TrackArgs::parse_arena(args)) {
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
        (Ok(args), Ok(func)) => test::expand(&func, &args, mode),
        (Err(error), _) | (_, Err(error)) => fallback::unused(&error, item),
    }
}

/// `#[memopt::streamed(args)] item`
pub(crate) fn streamed(args: TokenStream, item: &TokenStream, mode: Mode) -> TokenStream {
    let mut model = Item::parse(item.clone());
    match validate::streamed(&mut model, StreamedArgs::parse(args)) {
        Ok((func, plan)) => streamed::expand(func, &plan, mode),
        Err(error) => match &model {
            Item::Func(func) => fallback::item(&error, &func.to_token_stream()),
            _ => fallback::item(&error, item),
        },
    }
}

/// `#[memopt::lazy_load(args)] item`; it works alike with `track` off, since the program depends on it.
pub(crate) fn lazy_load(args: TokenStream, item: &TokenStream) -> TokenStream {
    let args = LazyArgs::parse(args);
    match Item::parse(item.clone()) {
        Item::Func(func) => match args.and_then(|args| validate::lazy::lazy_func(&func, args)) {
            Ok(plan) => lazy::func(&func, &plan),
            Err(error) => fallback::item(&error, item),
        },
        Item::Container(container) => fallback::item(&validate::lazy::wrong_place(&container.keyword), item),
        Item::Other { .. } => match syn::parse2::<syn::DeriveInput>(item.clone()) {
            Ok(mut input) => match validate::lazy::lazy_struct(&mut input, args) {
                Ok(fields) => lazy::fields(validate::lazy::LazyStruct { input, fields }),
                Err(error) => fallback::item(&error, &input.into_token_stream()),
            },
            Err(error) => fallback::item(&error, item),
        },
    }
}

/// `#[derive(Pooled)] item`: what is written beside the item.
pub(crate) fn derive_pooled(item: TokenStream) -> TokenStream {
    let pooled = syn::parse2::<DeriveInput>(item).and_then(|input| validate::pooled(input, None));
    match pooled {
        Ok(pooled) => pooled::object(&pooled),
        Err(error) => error.to_compile_error(),
    }
}

/// `#[memopt::pooled(args)] item`, on a struct or a function. Pools work with and without instruments.
pub(crate) fn pooled(args: TokenStream, item: &TokenStream) -> TokenStream {
    let refuse = |error: &Error| fallback::item(error, &unmarked(item.clone()));
    let args = match PoolArgs::parse("memopt::pooled", args) {
        Ok(args) => args,
        Err(error) => return refuse(&error),
    };
    let model = Item::parse(item.clone());
    if matches!(model, Item::Other { .. })
        && let Ok(input) = syn::parse2::<DeriveInput>(item.clone())
    {
        return match validate::pooled(input, Some(args)) {
            Ok(pooled) => {
                let (plain, beside) = (unmarked(item.clone()), pooled::object(&pooled));
                quote!(#plain #beside)
            }
            Err(error) => refuse(&error),
        };
    }
    match validate::lets(model) {
        Ok(func) => {
            let (function, errors) = pooled::function(&func, &args);
            let all = errors.into_iter().reduce(|mut all, error| {
                all.combine(error);
                all
            });
            all.map_or(function, |error| refuse(&error))
        }
        Err(error) => refuse(&error),
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
        // Its body is to be taken apart first; the scope then goes around each step.
        (Plan::Track(spec), Some(_)) if mode == Mode::Track && validate::is_streamed(func) => {
            streamed::hand_down(func, spec, tokens);
        }
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
