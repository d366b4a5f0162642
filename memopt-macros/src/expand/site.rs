//! The `static` of one site.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::args::Budget;
use crate::model::{Body, Func, Route, Spec};

/// A reference to the static of the site: `{ static ..; &.. }`, in which nothing of the user's can
/// have the same name. Where `body` has statics that name the site, it is declared in `front`.
pub(super) fn reference(
    func: &Func,
    body: &Body,
    kind: &TokenStream,
    spec: &Spec,
    front: &mut TokenStream,
) -> TokenStream {
    let site = declare(func, kind, spec);
    if body.names_site {
        front.extend(site);
        return quote!(&__MEMOPT_SITE);
    }
    quote!({ #site &__MEMOPT_SITE })
}

/// `static __MEMOPT_SITE`, to stand at the very front of a body.
///
/// The place is asked for with the span of the function's name: the built-in macros answer with the
/// outermost place a span came from, which for the attribute's own tokens would be the attribute.
/// The inner function exists for its type name, the only thing that knows the type of the
/// surrounding impl.
pub(super) fn declare(func: &Func, kind: &TokenStream, spec: &Spec) -> TokenStream {
    let plain = func.plain_name();
    let (name, named) = match &spec.name {
        Some(name) => (quote!(#name), quote!(.named())),
        None => (quote!(#plain), TokenStream::new()),
    };
    let budget = spec.budget.as_ref().map(|limits| {
        let limits = budget(limits);
        quote!(.budget(#limits))
    });
    let route = match spec.route {
        Route::Plain => TokenStream::new(),
        Route::Arena => quote!(.arena()),
        Route::Reuse => quote!(.magazine()),
    };
    let no_apply = spec.no_apply.then(|| quote!(.no_apply()));
    let may_rest = spec.may_rest.then(|| quote!(.may_rest()));
    let span: Span = func.name.span();
    let place = quote_spanned! {span=>
        file: ::memopt::__private::core::file!(),
        line: ::memopt::__private::core::line!(),
        column: ::memopt::__private::core::column!()
    };
    quote! {
        static __MEMOPT_SITE: ::memopt::__private::Site = ::memopt::__private::Site::new(
            ::memopt::__private::SiteKind::#kind,
            #name,
            {
                fn __memopt_path() -> &'static str {
                    ::memopt::__private::core::any::type_name_of_val(&__memopt_path)
                }
                __memopt_path
            },
            ::memopt::__private::Place {
                #place,
                manifest_dir: ::memopt::__private::core::option_env!("CARGO_MANIFEST_DIR")
            },
        ) #named #budget #route #no_apply #may_rest;
    }
}

fn budget(limits: &Budget) -> TokenStream {
    let fields = [
        (quote!(max_allocs), limits.allocs),
        (quote!(max_bytes), limits.bytes),
        (quote!(max_peak), limits.peak),
        (quote!(max_retained), limits.retained),
    ];
    let given =
        fields.iter().filter_map(|(field, limit)| limit.map(|limit| quote!(#field: #limit,)));
    // With all four given the rest would be empty, which clippy objects to.
    let rest = fields
        .iter()
        .any(|(_, limit)| limit.is_none())
        .then(|| quote!(..::memopt::__private::Budget::NONE));
    quote!(::memopt::__private::Budget { #(#given)* #rest })
}
