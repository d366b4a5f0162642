//! The static that holds pools, and how an object is taken from them.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::args::PoolArgs;

/// The static that holds the pools, one for each type that asks.
pub(super) fn family(args: &PoolArgs, place: Option<TokenStream>) -> TokenStream {
    let name = match (&args.name, place) {
        (Some(name), _) => quote!(::memopt::__private::core::option::Option::Some(#name)),
        (None, Some(place)) => quote!(::memopt::__private::core::option::Option::Some(#place)),
        (None, None) => quote!(::memopt::__private::core::option::Option::None),
    };
    let limits = limits(args);
    quote! {
        static __MEMOPT_POOLS: ::memopt::__private::Family =
            ::memopt::__private::Family::new(#name, #limits);
    }
}

fn limits(args: &PoolArgs) -> TokenStream {
    let fields = [
        (quote!(max_idle), args.max_idle),
        (quote!(max_bytes), args.max_bytes),
        (quote!(max_object), args.max_object),
    ];
    let given: Vec<TokenStream> = fields
        .iter()
        .filter_map(|(field, limit)| {
            let limit = proc_macro2::Literal::u64_unsuffixed((*limit)?);
            Some(quote!(#field: #limit,))
        })
        .collect();
    if given.is_empty() {
        return quote!(::memopt::__private::Limits::DEFAULT);
    }
    // With all three given the rest would be empty, which clippy objects to.
    let rest = (given.len() < fields.len()).then(|| quote!(..::memopt::__private::Limits::DEFAULT));
    quote!(::memopt::__private::Limits { #(#given)* #rest })
}

/// An idle object, or a new one of `init`, which is evaluated in place: `?` and `.await` in it mean
/// what they say.
pub(super) fn take(span: Span, ty: &TokenStream, init: &TokenStream) -> TokenStream {
    // Written by us, located where the value is made: there it is that a type without `Recycle`
    // came in.
    let here = Span::mixed_site().located_at(span);
    let new = quote_spanned!(here=> __MEMOPT_POOLS.new_object #ty(#init));
    quote! {
        match __MEMOPT_POOLS.idle #ty() {
            ::memopt::__private::core::option::Option::Some(__memopt_object) => __memopt_object,
            ::memopt::__private::core::option::Option::None => #new,
        }
    }
}
