//! A function whose marked lets take their values from pools.

use proc_macro2::{TokenStream, TokenTree};
use quote::{TokenStreamExt, quote};
use syn::ext::IdentExt;
use syn::{Error, Result};

use super::family::{family, take};
use crate::args::PoolArgs;
use crate::model::{Func, Mark, marked};
use crate::validate::{Errors, Let, returned};

/// The function with its marked lets taken from pools, or what is wrong with them.
pub(crate) fn pooled_function(func: &Func, outer: &PoolArgs) -> Result<TokenStream> {
    let (mut errors, mut marks, mut names) = (Errors::default(), 0usize, Vec::new());
    let mut tokens = TokenStream::new();
    func.before_body(&mut tokens);
    if let Some(body) = &func.body {
        let mut rewrite = |mark: Mark| {
            marks += 1;
            match Let::check(&mark, outer) {
                Ok(let_) => {
                    names.push(let_.name.clone());
                    statement(func, &mark, &let_)
                }
                Err(error) => {
                    errors.add(error);
                    TokenStream::new()
                }
            }
        };
        let mut inside: TokenStream = body.inner_attrs.iter().cloned().collect();
        for part in [&body.items, &body.statements] {
            inside.extend(marked(part.iter().cloned().collect(), &mut rewrite));
        }
        tokens.append(body.with(inside));
    }
    for error in returned(func, &names) {
        errors.add(error);
    }
    if marks == 0 {
        let message = format!(
            "`{}` has nothing to pool; put `#[pool]` before the `let` of a buffer, or remove \
            `#[memopt::pooled]`",
            func.plain_name()
        );
        errors.add(Error::new(func.name.span(), message));
    }
    errors.finish().map(|()| tokens)
}

fn statement(func: &Func, mark: &Mark, let_: &Let) -> TokenStream {
    let Let { mutable, name, init, limits } = let_;
    let (keyword, attrs) = (&mark.keyword, &mark.attrs);
    let place = format!("::{}::{}", func.plain_name(), name.unraw());
    let family = family(
        limits,
        Some(quote!(
            ::memopt::__private::core::concat!(::memopt::__private::core::module_path!(), #place)
        )),
    );
    let span = init.first().map_or(mark.span, TokenTree::span);
    let init: TokenStream = init.iter().cloned().collect();
    let (ascribed, ty) = match &mark.ascribed {
        Some(ty) => (quote!(: ::memopt::__private::PoolGuard<#ty>), quote!(::<#ty>)),
        None => (TokenStream::new(), TokenStream::new()),
    };
    let take = take(span, &ty, &init);
    quote! {
        #(#attrs)* #keyword #mutable #name #ascribed = { #family #take };
    }
}
