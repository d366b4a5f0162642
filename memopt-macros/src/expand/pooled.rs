//! `#[derive(Pooled)]` and `#[memopt::pooled]`.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{TokenStreamExt, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Type};

use crate::args::PoolArgs;
use crate::model::{Func, Mark, marked};
use crate::validate::{FieldPlan, Let, Pooled, Reset, parameters, returned};

/// `Recycle` for the struct, and `acquire`.
pub(super) fn object(pooled: &Pooled) -> TokenStream {
    let Pooled { vis, name, generics, limits, fields } = pooled;
    let (impl_generics, type_generics, _) = generics.split_for_impl();
    let (recycle_where, acquire_where) = (bounds(pooled, false), bounds(pooled, true));
    let resets = fields.iter().filter_map(reset);
    let held = fields.iter().map(held);
    // Of types that do not tell what they hold, only the size is known, which is not held beside it.
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
            fn held_bytes(&self) -> ::core::primitive::usize { #shallow 0usize #(#held)* }
        }
        #[automatically_derived]
        impl #impl_generics #name #type_generics #acquire_where {
            #[doc = " Takes an object from the pool of this type: reset, with the capacity it had. Dropping it gives it back."]
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
            Reset::Default => ours.push(quote!(#ty: ::core::default::Default)),
            Reset::Keep | Reset::To(_) => {}
        }
        if acquire && field.new.is_none() && !matches!(field.reset, Reset::Default) {
            let element = element(ty);
            ours.push(quote!(#element: ::core::default::Default));
        }
    }
    if acquire && !parameters.is_empty() {
        ours.push(quote!(Self: ::core::marker::Send + 'static));
    }
    quote!(where #(#theirs,)* #(#ours,)*)
}

fn mentions(tokens: TokenStream, names: &[&syn::Ident]) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => names.contains(&&word),
        TokenTree::Group(group) => mentions(group.stream(), names),
        _ => false,
    })
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
                quote_spanned!(here=> ::core::array::from_fn(|_| #element))
            }
            ty => quote_spanned!(here=> <#ty as ::core::default::Default>::default()),
        }
    }
    field.new.clone().unwrap_or_else(|| default(&field.ty))
}

/// What a field holds on the heap, after it was reset: also where `Recycle` has no part in it.
fn held(field: &FieldPlan) -> TokenStream {
    let (member, ty, here) = (&field.member, &field.ty, field.ty.span());
    if matches!(field.reset, Reset::Recycle) {
        return quote_spanned!(here=> .saturating_add(::memopt::__private::Recycle::held_bytes(&self.#member)));
    }
    quote_spanned! {here=>
        .saturating_add(
            (::memopt::__private::Weigher::<#ty>::WEIGH)(&self.#member)
                .saturating_sub(::core::mem::size_of::<#ty>()),
        )
    }
}

fn reset(field: &FieldPlan) -> Option<TokenStream> {
    let (member, ty, here) = (&field.member, &field.ty, field.ty.span());
    match &field.reset {
        Reset::Recycle => {
            Some(quote_spanned!(here=> ::memopt::__private::Recycle::recycle(&mut self.#member);))
        }
        Reset::Default => {
            Some(quote_spanned!(here=> self.#member = <#ty as ::core::default::Default>::default();))
        }
        Reset::To(value) => Some(quote!(self.#member = #value;)),
        Reset::Keep => None,
    }
}

/// The static that holds the pools, one for each type that asks.
fn family(args: &PoolArgs, place: Option<TokenStream>) -> TokenStream {
    let name = match (&args.name, place) {
        (Some(name), _) => quote!(::core::option::Option::Some(#name)),
        (None, Some(place)) => quote!(::core::option::Option::Some(#place)),
        (None, None) => quote!(::core::option::Option::None),
    };
    let limits = limits(args);
    quote! {
        static __MEMOPT_POOLS: ::memopt::__private::Family = ::memopt::__private::Family::new(#name, #limits);
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

/// An idle object, or a new one of `init`, which is evaluated in place: `?` and `.await` in it mean what they say.
fn take(span: Span, ty: &TokenStream, init: &TokenStream) -> TokenStream {
    // Written by us, located where the value is made: there it is that a type without `Recycle` came in.
    let here = Span::mixed_site().located_at(span);
    let new = quote_spanned!(here=> __MEMOPT_POOLS.new_object #ty(#init));
    quote! {
        match __MEMOPT_POOLS.idle #ty() {
            ::core::option::Option::Some(__memopt_object) => __memopt_object,
            ::core::option::Option::None => #new,
        }
    }
}

/// The function with its marked lets taken from pools; what is wrong with them.
pub(super) fn function(func: &Func, outer: &PoolArgs) -> (TokenStream, Vec<Error>) {
    let (mut errors, mut marks, mut names) = (Vec::new(), 0usize, Vec::new());
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
                    errors.push(error);
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
    errors.extend(returned(func, &names));
    if marks == 0 {
        let message = format!(
            "`{}` has nothing to pool; put `#[pool]` before the `let` of a buffer, or remove `#[memopt::pooled]`",
            func.plain_name()
        );
        errors.push(Error::new(func.name.span(), message));
    }
    (tokens, errors)
}

fn statement(func: &Func, mark: &Mark, let_: &Let) -> TokenStream {
    let Let { mutable, name, init, limits } = let_;
    let (keyword, attrs) = (&mark.keyword, &mark.attrs);
    let place = format!("::{}::{}", func.plain_name(), name.to_string().trim_start_matches("r#"));
    let family = family(limits, Some(quote!(::core::concat!(::core::module_path!(), #place))));
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
