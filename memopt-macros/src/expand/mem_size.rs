//! `#[derive(MemSize)]`: the shape of a type as a constant, and the walk through a value's fields.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Member, Type};

use crate::model::{Field, Shape, Variant, Walked};
use crate::tokens::is_punct;

pub(crate) fn mem_size(shape: &Shape) -> TokenStream {
    let name = &shape.name;
    let bounds = bounds(shape);
    let (params, args, _) = shape.generics.split_for_impl();
    let (constant, body) = (constant(shape), walk(shape));
    let walk = if shape.variants.is_empty() { quote!(_) } else { quote!(__memopt_walk) };
    quote! {
        #[automatically_derived]
        impl #params ::memopt::__private::MemSize for #name #args #bounds {
            fn walk(&self, #walk: &mut ::memopt::__private::Walk) { #body }

            fn shape()
            -> ::memopt::__private::core::option::Option<&'static ::memopt::__private::Shape> {
                ::memopt::__private::core::option::Option::Some(const { &#constant })
            }
        }
    }
}

/// What is known of the type without a value. The place is asked for with the span of the name, as
/// for sites.
fn constant(shape: &Shape) -> TokenStream {
    let place = quote_spanned! {shape.name.span()=>
        file: ::memopt::__private::core::file!(),
        line: ::memopt::__private::core::line!(),
        column: ::memopt::__private::core::column!()
    };
    let variants = shape.variants.iter().map(|variant| {
        let types = variant.fields.iter().map(|field| &field.ty);
        let (name, payload) = if shape.is_enum {
            // Laid out as a struct of these fields is.
            (
                variant.name.unraw().to_string(),
                quote!(::memopt::__private::core::mem::size_of::<(#(#types,)*)>()),
            )
        } else {
            (String::new(), quote!(::memopt::__private::core::mem::size_of::<Self>()))
        };
        let fields = variant.fields.iter().map(field);
        quote! {
            ::memopt::__private::VariantShape {
                name: #name,
                payload: #payload,
                fields: &[#(#fields),*]
            }
        }
    });
    quote! {
        ::memopt::__private::Shape {
            name: ::memopt::__private::core::any::type_name::<Self>,
            #place,
            size: ::memopt::__private::core::mem::size_of::<Self>(),
            align: ::memopt::__private::core::mem::align_of::<Self>(),
            variants: &[#(#variants),*],
        }
    }
}

fn field(field: &Field) -> TokenStream {
    let name = match &field.member {
        Member::Named(name) => name.unraw().to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    };
    let (ty, written) = (&field.ty, written(&field.ty));
    quote! {
        ::memopt::__private::FieldShape {
            name: #name,
            ty: #written,
            size: ::memopt::__private::core::mem::size_of::<#ty>(),
        }
    }
}

/// The type as a person writes it.
fn written(ty: &Type) -> String {
    let mut text = ty.to_token_stream().to_string();
    for (from, to) in [
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" ::", "::"),
        (":: ", "::"),
        (" ,", ","),
        (" ;", ";"),
        ("& ", "&"),
    ] {
        text = text.replace(from, to);
    }
    text.replace("->", " -> ").replace("  ", " ").replace("fn (", "fn(")
}

fn walk(shape: &Shape) -> TokenStream {
    if shape.variants.is_empty() {
        return quote!(match *self {});
    }
    if let ([variant], false) = (shape.variants.as_slice(), shape.is_enum) {
        let (pattern, fields) = (pattern(variant), fields(variant));
        return quote! {
            let Self #pattern = self;
            __memopt_walk.value(self, 0, #fields);
        };
    }
    let arms = shape.variants.iter().enumerate().map(|(at, variant)| {
        let (name, pattern, fields) = (&variant.name, pattern(variant), fields(variant));
        quote! {
            Self::#name #pattern => { __memopt_walk.value(self, #at, #fields); }
        }
    });
    quote!(match self { #(#arms)* })
}

/// `{ name: __memopt_0, 1: __memopt_1 }`, which fits structs and tuples alike.
fn pattern(variant: &Variant) -> TokenStream {
    let members = variant.fields.iter().map(|field| &field.member);
    let locals = locals(variant);
    quote!({ #(#members: #locals),* })
}

fn locals(variant: &Variant) -> impl Iterator<Item = Ident> {
    variant.fields.iter().enumerate().map(|(at, field)| {
        let mut local = format_ident!("__memopt_{at}");
        local.set_span(field.span.resolved_at(proc_macro2::Span::mixed_site()));
        local
    })
}

fn fields(variant: &Variant) -> TokenStream {
    if variant.fields.is_empty() {
        return quote!(|_| {});
    }
    let calls =
        variant.fields.iter().zip(locals(variant)).map(|(field, local)| match &field.walked {
            Walked::ByType => {
                // Where rustc says that a type has no size to tell.
                let mut local = local;
                local.set_span(field.ty.span().resolved_at(local.span()));
                quote!(__memopt_fields.field(#local);)
            }
            Walked::Not => quote!(__memopt_fields.skip(#local);),
            Walked::By(path) => quote!(__memopt_fields.with(#local, #path);),
        });
    quote!(|__memopt_fields| { #(#calls)* })
}

/// The user's bounds and those that the walk needs: `T: MemSize` where a field's type names `T`,
/// `T::Item: MemSize` where it names that.
fn bounds(shape: &Shape) -> TokenStream {
    let params: Vec<&Ident> = shape.generics.type_params().map(|param| &param.ident).collect();
    let (mut asked, mut ours) = (Vec::new(), Vec::new());
    let fields = shape.variants.iter().flat_map(|variant| &variant.fields);
    for field in
        fields.filter(|field| matches!(field.walked, Walked::ByType) && !is_phantom(&field.ty))
    {
        let mut named = Vec::new();
        mentions(field.ty.to_token_stream(), &params, &mut named);
        for bounded in named {
            let text = bounded.to_string();
            if !asked.contains(&text) {
                asked.push(text);
                ours.push(quote!(#bounded: ::memopt::__private::MemSize));
            }
        }
    }
    let theirs: Vec<_> =
        shape.generics.where_clause.iter().flat_map(|clause| &clause.predicates).collect();
    if theirs.is_empty() && ours.is_empty() {
        return TokenStream::new();
    }
    quote!(where #(#theirs,)* #(#ours,)*)
}

fn is_phantom(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path.segments.last().is_some_and(|last| last.ident == "PhantomData")
}

/// Each mention of a parameter, with the associated type that is asked of it.
fn mentions(tokens: TokenStream, params: &[&Ident], found: &mut Vec<TokenStream>) {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let after_path =
        |at: usize| at >= 2 && is_punct(&trees[at - 1], ':') && is_punct(&trees[at - 2], ':');
    for (at, token) in trees.iter().enumerate() {
        match token {
            TokenTree::Group(group) => mentions(group.stream(), params, found),
            TokenTree::Ident(param) if params.contains(&param) && !after_path(at) => {
                let associated = match trees.get(at + 1..at + 4) {
                    Some([first, second, TokenTree::Ident(name)])
                        if is_punct(first, ':') && is_punct(second, ':') =>
                    {
                        Some(quote!(::#name))
                    }
                    _ => None,
                };
                found.push(quote!(#param #associated));
            }
            _ => {}
        }
    }
}
