//! The annotated item with every planned function in it measured.

use proc_macro2::TokenStream;
use quote::{ToTokens, TokenStreamExt};

use super::mode::Mode;
use super::{func, streamed};
use crate::model::{Container, Func, Item, Member, Plan};
use crate::validate;

pub(crate) fn whole(item: &Item, source: &TokenStream, mode: Mode) -> TokenStream {
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
        (Plan::Track(spec), Some(body)) if mode == Mode::Track => {
            func::expand(func, body, spec, tokens);
        }
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
