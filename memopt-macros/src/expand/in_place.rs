//! A body that stays where it is, with a guard as its first variable.
//!
//! In an async body the guard is told at each `.await`. Everything else is the user's own: what is
//! inferred, what is dropped when, and what the future holds.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{TokenStreamExt, quote};

use crate::model::{Await, Func, rewrite_awaits};
use crate::tokens::{is, refilled, trees};

/// The guard of a body that awaits nothing.
pub(super) fn guard(site: &TokenStream) -> TokenStream {
    let scope = scope();
    quote!(let #scope = ::memopt::__private::enter(#site);)
}

/// The same of a site that may be switched off while the program runs.
pub(super) fn guard_unless_off(site: &TokenStream) -> TokenStream {
    let scope = scope();
    quote!(let #scope = ::memopt::__private::enter_unless_off(#site);)
}

/// The statements of an async body with their guard; `None` where an await may be hidden.
pub(super) fn guarded(statements: &[TokenTree], site: &TokenStream) -> Option<TokenStream> {
    let mut awaits = false;
    let rewritten = rewrite_awaits(statements, &mut |one| {
        awaits = true;
        awaited(&one)
    })?;
    let scope = scope();
    let mut tokens = if awaits {
        quote!(let mut #scope = ::memopt::__private::enter_body(#site);)
    } else {
        guard(site)
    };
    tokens.append_all(rewritten);
    Some(tokens)
}

/// An async block, from `async` on: measured in place, or given to the site.
pub(super) fn future(block: &[TokenTree], site: &TokenStream) -> TokenStream {
    // Inner attributes must come first; a block with some is rare.
    if let Some((TokenTree::Group(braces), keywords)) = block.split_last()
        && braces.delimiter() == Delimiter::Brace
        && let statements = trees(braces.stream())
        && !is(&statements, 1, '!')
        && let Some(inside) = guarded(&statements, site)
    {
        let block = TokenTree::Group(refilled(braces, inside));
        return quote!(#(#keywords)* #block);
    }
    quote!(::memopt::__private::track_future(#site, #(#block)*))
}

fn awaited(Await { keyword, future, simple }: &Await) -> TokenStream {
    let scope = scope();
    let name = if *simple { "awaited_simple" } else { "awaited" };
    let name = Ident::new(name, Span::mixed_site());
    quote!(::memopt::__private::#name!(#keyword, #scope, #(#future)*))
}

/// The place of what we write for a function.
pub(super) fn here(func: &Func) -> Span {
    Span::mixed_site().located_at(func.name.span())
}

fn scope() -> Ident {
    Ident::new("__memopt_scope", Span::mixed_site())
}
