//! Each attribute from its two token streams to one: read, judge, then write, or fall back.
//!
//! Nothing of the compiler's `proc_macro` is in here, so that tests can call it.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{DeriveInput, Error};

use crate::args::{LazyArgs, MainArgs, PoolArgs, StreamedArgs, TestArgs, TrackArgs};
use crate::expand::{self, Mode};
use crate::model::{Item, unmarked};
use crate::{fallback, validate};

/// `#[track_alloc(args)] item`
pub(crate) fn track_alloc(args: TokenStream, item: &TokenStream, mode: Mode) -> TokenStream {
    let mut model = Item::parse(item.clone());
    let planned = validate::track(&mut model, TrackArgs::parse(args));
    // Also beside an error: the attributes inside must go.
    let presized = expand::presize(&mut model);
    match planned.and(presized) {
        Ok(()) => expand::whole(&model, item, mode),
        Err(error) => fallback::item(&error, &expand::whole(&model, item, Mode::Off)),
    }
}

/// `#[memopt::arena(args)] item`
pub(crate) fn arena(args: TokenStream, item: &TokenStream, mode: Mode) -> TokenStream {
    let mut model = Item::parse(item.clone());
    let planned = validate::arena(&mut model, TrackArgs::parse_arena(args));
    // Also beside an error: the attributes inside must go.
    let unmarked = expand::no_presize(&mut model);
    match planned.and(unmarked) {
        Ok(()) => expand::whole(&model, item, mode),
        Err(error) => fallback::item(&error, &expand::whole(&model, item, Mode::Off)),
    }
}

/// `#[memopt::main(args)] item`
pub(crate) fn main(args: TokenStream, item: &TokenStream, mode: Mode) -> TokenStream {
    let mut model = Item::parse(item.clone());
    if let Some((attr, rest)) = validate::take_measuring(&mut model) {
        let measure = if attr.name() == "arena" { arena } else { track_alloc };
        let measured = measure(attr.arguments(), &rest, mode);
        return match Item::parse(measured.clone()) {
            Item::Func(_) => main(args, &measured, mode),
            // The attribute was refused: its error stands before the function.
            _ => measured,
        };
    }
    let is_main = matches!(&model, Item::Func(func) if func.name == "main");
    match (MainArgs::parse(args), validate::main(model)) {
        (Ok(args), Ok(func)) if mode == Mode::Track => expand::main(&func, &args),
        (Ok(_), Ok(func)) => expand::main_off(&func),
        (Err(error), _) | (_, Err(error)) if is_main => fallback::main(&error, item),
        (Err(error), _) | (_, Err(error)) => fallback::item(&error, item),
    }
}

/// `#[memopt::test(args)] item`
pub(crate) fn test(args: TokenStream, item: &TokenStream, mode: Mode) -> TokenStream {
    match (TestArgs::parse(args), validate::test(Item::parse(item.clone()))) {
        (Ok(args), Ok(func)) => expand::test(&func, &args, mode),
        (Err(error), _) | (_, Err(error)) => fallback::unused(&error, item),
    }
}

/// `#[memopt::streamed(args)] item`
pub(crate) fn streamed(args: TokenStream, item: &TokenStream, mode: Mode) -> TokenStream {
    let mut model = Item::parse(item.clone());
    match validate::streamed(&mut model, StreamedArgs::parse(args)) {
        Ok((func, plan)) => expand::streamed(func, &plan, mode),
        Err(error) => match &model {
            Item::Func(func) => fallback::item(&error, &func.to_token_stream()),
            _ => fallback::item(&error, item),
        },
    }
}

/// `#[memopt::lazy_load(args)] item`; it works alike with `track` off, since the program depends on
/// it.
pub(crate) fn lazy_load(args: TokenStream, item: &TokenStream) -> TokenStream {
    let args = LazyArgs::parse(args);
    match Item::parse(item.clone()) {
        Item::Func(func) => match args.and_then(|args| validate::lazy_func(&func, args)) {
            Ok(plan) => expand::lazy_func(&func, &plan),
            Err(error) => fallback::item(&error, item),
        },
        container @ Item::Container(_) => fallback::item(&validate::not_lazy(&container), item),
        Item::Other { .. } => match syn::parse2::<DeriveInput>(item.clone()) {
            Ok(mut input) => match validate::lazy_struct(&mut input, args) {
                Ok(fields) => expand::lazy_fields(validate::LazyStruct { input, fields }),
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
        Ok(pooled) => expand::pooled_object(&pooled),
        Err(error) => error.to_compile_error(),
    }
}

/// `#[memopt::pooled(args)] item`, on a struct or a function. Pools work with and without
/// instruments.
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
                let (plain, beside) = (unmarked(item.clone()), expand::pooled_object(&pooled));
                quote!(#plain #beside)
            }
            Err(error) => refuse(&error),
        };
    }
    match validate::lets(model) {
        Ok(func) => expand::pooled_function(&func, &args).unwrap_or_else(|error| refuse(&error)),
        Err(error) => refuse(&error),
    }
}

/// A mark that another attribute should have read.
pub(crate) fn misplaced(rule: &str, item: &TokenStream) -> TokenStream {
    let error = Error::new(Span::call_site(), rule).to_compile_error();
    quote!(#error #item)
}

/// `#[derive(MemSize)] item`
pub(crate) fn mem_size(item: TokenStream) -> TokenStream {
    let input = match syn::parse2::<DeriveInput>(item.clone()) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    match validate::mem_size(input) {
        Ok(shape) => expand::mem_size(&shape),
        Err(error) => fallback::mem_size(&error, item),
    }
}
