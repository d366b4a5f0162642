//! A function whose values are kept: without arguments a singleton, with arguments a cache.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{TokenStreamExt, quote};

use crate::expand::edge;
use crate::model::{Body, Func};
use crate::tokens::refilled;
use crate::validate::{LazyFunc, Param};

/// The function with the body as its loader, and a handle as its value.
pub(crate) fn lazy_func(func: &Func, lazy: &LazyFunc) -> TokenStream {
    let Some(body) = &func.body else { return TokenStream::new() };
    let kept = &lazy.kept;
    let output = match &lazy.fallible {
        None => quote!(::memopt::__private::Loaded<#kept>),
        Some((before, behind)) => quote!(#before ::memopt::__private::Loaded<#kept> #behind),
    };
    let mut inside: TokenStream = body.inner_attrs.iter().cloned().collect();
    inside.extend(keeper(lazy));
    inside.extend(get(func, body, lazy));

    let (attrs, vis, name) = (&func.attrs, &func.vis, &func.name);
    // Where the body changes an argument it changes the loader's own.
    let params = lazy.params.iter().map(|Param { name, ty, .. }| quote!(#name: #ty));
    let list = refilled(&lazy.parens, quote!(#(#params),*));
    let asyncness = func.asyncness.map(|at| &func.head[at]);
    let mut tokens = quote!(#(#attrs)* #(#vis)* #asyncness fn #name #list -> #output);
    tokens.append(body.with(inside));
    tokens
}

/// The static that keeps the values.
fn keeper(lazy: &LazyFunc) -> TokenStream {
    let kept = &lazy.kept;
    let weigh = match (&lazy.args.weigh, &lazy.args.max_bytes) {
        (Some((_, weigh)), _) => quote!(#weigh),
        // What is limited by bytes must know them.
        (None, Some(_)) => quote!(::memopt::__private::weigh_held::<#kept>),
        (None, None) => quote!({
            #[allow(unused_imports)]
            use ::memopt::__private::Shallow as _;
            ::memopt::__private::Weigher::<#kept>::WEIGH
        }),
    };
    let idle = lazy.args.idle.as_ref().map(
        |(_, time)| quote!(.idle(::memopt::__private::core::time::Duration::from_millis(#time))),
    );
    let max_bytes = lazy.args.max_bytes.as_ref().map(|(_, bytes)| {
        let bytes = usize::try_from(*bytes).unwrap_or(usize::MAX);
        quote!(.max_bytes(#bytes))
    });
    let (keeper, key) = if lazy.params.is_empty() {
        (quote!(::memopt::__private::Singleton), quote!(<#kept>))
    } else {
        let types = lazy.params.iter().map(|param| &param.ty);
        (quote!(::memopt::__private::Cache), quote!(<(#(#types,)*), #kept>))
    };
    quote! {
        static __MEMOPT_LAZY: #keeper #key = #keeper::#key::at(
            {
                fn __memopt_path() -> &'static str {
                    ::memopt::__private::core::any::type_name_of_val(&__memopt_path)
                }
                __memopt_path
            },
            #weigh,
        ) #idle #max_bytes;
    }
}

/// Gets the value, with the body to load it.
fn get(func: &Func, body: &Body, lazy: &LazyFunc) -> TokenStream {
    let is_async = func.asyncness.is_some();
    let method = match (lazy.fallible.is_some(), is_async) {
        (false, false) => "get",
        (true, false) => "try_get",
        (false, true) => "get_async",
        (true, true) => "try_get_async",
    };
    let method = Ident::new(method, Span::call_site());
    let (key, pattern) = if lazy.params.is_empty() {
        (TokenStream::new(), TokenStream::new())
    } else {
        let names = lazy.params.iter().map(|param| &param.name);
        let bindings = lazy.params.iter().map(|Param { mutable, name, .. }| quote!(#mutable #name));
        (quote!((#(#names,)*),), quote!((#(#bindings,)*)))
    };
    if is_async {
        let block = TokenTree::Group(body.nested(edge::never_taken(func)));
        return quote!(__MEMOPT_LAZY.#method(#key move |#pattern| async move #block).await);
    }
    let block = TokenTree::Group(body.nested(TokenStream::new()));
    let output = &func.output;
    quote!(__MEMOPT_LAZY.#method(#key move |#pattern| -> #output #block))
}
