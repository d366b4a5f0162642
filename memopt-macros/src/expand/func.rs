//! One measured function.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{TokenStreamExt, quote};

use super::{edge, site, tail};
use crate::model::{Body, Func, Spec};

/// A sync function holds a guard; an async one gives its whole body, as a future, to the site; one
/// that returns a future gives that.
pub(super) fn expand(func: &Func, body: &Body, spec: &Spec, tokens: &mut TokenStream) {
    let mut inside: TokenStream = body.inner_attrs.iter().cloned().collect();
    if func.asyncness.is_some() {
        inside.extend(site::declare(func, &quote!(AsyncFunction), spec));
        inside.extend(future(func, body));
    } else if let Some(statements) = tail::track(&body.statements) {
        inside.extend(site::declare(func, &quote!(AsyncFunction), spec));
        inside.append_all(&body.items);
        inside.extend(statements);
    } else {
        inside.extend(site::declare(func, &quote!(Function), spec));
        inside.append_all(&body.items);
        inside.extend(guard());
        inside.append_all(&body.statements);
    }
    func.before_body(tokens);
    tokens.append(body.with(inside));
}

fn guard() -> TokenStream {
    let scope = proc_macro2::Ident::new("__memopt_scope", Span::mixed_site());
    quote!(let #scope = ::memopt::__private::enter(&__MEMOPT_SITE);)
}

fn future(func: &Func, body: &Body) -> TokenStream {
    let block = TokenTree::Group(body.nested(edge::never_taken(func)));
    quote!(::memopt::__private::track_future(&__MEMOPT_SITE, async move #block).await)
}
