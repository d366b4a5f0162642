//! A struct whose objects are pooled.

use proc_macro2::{TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use super::family::{family, take};
use crate::tokens::{holds, trees};
use crate::validate::{FieldPlan, Pooled, Reset, parameters};

/// The doc of `acquire`.
const ACQUIRE: &str = " Takes an object from the pool of this type: reset, with the capacity it \
    had. \
    Dropping the guard gives the object back.";

/// `Recycle` for the struct, and `acquire`.
pub(crate) fn pooled_object(pooled: &Pooled) -> TokenStream {
    let Pooled { vis, name, generics, limits, fields } = pooled;
    let (impl_generics, type_generics, _) = generics.split_for_impl();
    let (recycle_where, acquire_where) = (bounds(pooled, false), bounds(pooled, true));
    let resets = fields.iter().filter_map(reset);
    let held = fields.iter().map(held);
    // Of types that do not tell what they hold, only the size is known, which is not held beside
    // it.
    let shallow = fields.iter().any(|field| !matches!(field.reset, Reset::Recycle)).then(|| {
        quote! {
            #[allow(unused_imports)]
            use ::memopt::__private::Shallow as _;
        }
    });
    let starts = fields.iter().map(|field| {
        let (member, value) = (&field.member, start(field));
        quote!(#member: #value)
    });
    let family = family(limits, None);
    let take = take(name.span(), &quote!(::<Self>), &quote!(Self { #(#starts),* }));
    quote! {
        #[automatically_derived]
        impl #impl_generics ::memopt::__private::Recycle for #name #type_generics #recycle_where {
            fn recycle(&mut self) { #(#resets)* }
            fn held_bytes(&self) -> ::memopt::__private::core::primitive::usize {
                #shallow 0usize #(#held)*
            }
        }
        #[automatically_derived]
        impl #impl_generics #name #type_generics #acquire_where {
            #[doc = #ACQUIRE]
            #[allow(dead_code)]
            #vis fn acquire() -> ::memopt::__private::PoolGuard<Self> {
                #family
                #take
            }
        }
    }
}

/// The user's where clause and what the fields that depend on a parameter must be.
fn bounds(pooled: &Pooled, acquire: bool) -> TokenStream {
    let parameters = parameters(&pooled.generics);
    let theirs = pooled.generics.where_clause.iter().flat_map(|clause| clause.predicates.iter());
    let mut ours = Vec::new();
    for field in &pooled.fields {
        let ty = &field.ty;
        if !mentions(quote!(#ty), &parameters) {
            continue;
        }
        match &field.reset {
            Reset::Recycle => ours.push(quote!(#ty: ::memopt::__private::Recycle)),
            Reset::Default => ours.push(quote!(#ty: ::memopt::__private::core::default::Default)),
            Reset::Keep | Reset::To(_) => {}
        }
        if acquire && field.new.is_none() && !matches!(field.reset, Reset::Default) {
            let element = element(ty);
            ours.push(quote!(#element: ::memopt::__private::core::default::Default));
        }
    }
    if acquire && !parameters.is_empty() {
        ours.push(quote!(Self: ::memopt::__private::core::marker::Send + 'static));
    }
    quote!(where #(#theirs,)* #(#ours,)*)
}

fn mentions(tokens: TokenStream, names: &[&syn::Ident]) -> bool {
    holds(&trees(tokens), &|token| matches!(token, TokenTree::Ident(word) if names.contains(&word)))
}

/// What an array, of arrays even, is made of.
fn element(ty: &Type) -> &Type {
    match ty {
        Type::Array(array) => element(&array.elem),
        ty => ty,
    }
}

/// How a new field starts.
fn start(field: &FieldPlan) -> TokenStream {
    fn default(ty: &Type) -> TokenStream {
        let here = ty.span();
        match ty {
            // Only arrays of up to 32 have a default.
            Type::Array(array) => {
                let element = default(&array.elem);
                quote_spanned!(here=> ::memopt::__private::core::array::from_fn(|_| #element))
            }
            ty => {
                quote_spanned! {here=>
                    <#ty as ::memopt::__private::core::default::Default>::default()
                }
            }
        }
    }
    field.new.clone().unwrap_or_else(|| default(&field.ty))
}

/// What a field holds on the heap, after it was reset: also where `Recycle` has no part in it.
fn held(field: &FieldPlan) -> TokenStream {
    let (member, ty, here) = (&field.member, &field.ty, field.ty.span());
    if matches!(field.reset, Reset::Recycle) {
        return quote_spanned! {here=>
            .saturating_add(::memopt::__private::Recycle::held_bytes(&self.#member))
        };
    }
    quote_spanned! {here=>
        .saturating_add(
            (::memopt::__private::Weigher::<#ty>::WEIGH)(&self.#member)
                .saturating_sub(::memopt::__private::core::mem::size_of::<#ty>()),
        )
    }
}

fn reset(field: &FieldPlan) -> Option<TokenStream> {
    let (member, ty, here) = (&field.member, &field.ty, field.ty.span());
    match &field.reset {
        Reset::Recycle => {
            Some(quote_spanned!(here=> ::memopt::__private::Recycle::recycle(&mut self.#member);))
        }
        Reset::Default => Some(quote_spanned! {here=>
            self.#member = <#ty as ::memopt::__private::core::default::Default>::default();
        }),
        Reset::To(value) => Some(quote!(self.#member = #value;)),
        Reset::Keep => None,
    }
}
