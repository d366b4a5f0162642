//! A struct with lazily loaded fields: the fields become cells, and get methods.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Field, Type};

use crate::validate::{LazyField, LazyStruct};

/// The struct with its cells, and an impl with four methods for each.
pub(crate) fn lazy_fields(lazy: LazyStruct) -> TokenStream {
    let LazyStruct { mut input, fields } = lazy;
    let mut methods = TokenStream::new();
    if let Data::Struct(data) = &mut input.data {
        for (at, field) in data.fields.iter_mut().enumerate() {
            if let Some((_, lazy)) = fields.iter().find(|(place, _)| *place == at) {
                methods.extend(self::methods(field, lazy));
                let ty = &field.ty;
                field.ty = Type::Verbatim(if lazy.evict.is_some() {
                    quote!(::memopt::__private::Evictable<#ty>)
                } else {
                    quote!(::memopt::__private::Lazy<#ty>)
                });
            }
        }
    }
    let DeriveInput { ident, generics, .. } = &input;
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    quote! {
        #input
        #[allow(dead_code)]
        impl #impl_generics #ident #type_generics #where_clause { #methods }
    }
}

fn methods(field: &Field, lazy: &LazyField) -> TokenStream {
    let (vis, ty, load) = (&field.vis, &field.ty, &lazy.load);
    let Some(name) = &field.ident else { return TokenStream::new() };
    let plain = name.unraw();
    let (is_loaded, unload, held) = (
        format_ident!("{}_is_loaded", name),
        format_ident!("unload_{}", name),
        format_ident!("{}_held_bytes", name),
    );
    let value =
        if lazy.evict.is_some() { quote!(::memopt::__private::Loaded<#ty>) } else { quote!(&#ty) };
    let (output, method) = match &lazy.error {
        None => (value, "load_from"),
        Some(error) => {
            (quote!(::memopt::__private::core::result::Result<#value, #error>), "try_load_from")
        }
    };
    let doc = match (&lazy.error, lazy.is_async) {
        (None, _) => format!("Loads `{plain}` if it is not loaded, and returns it."),
        (Some(_), _) => format!(
            "Loads `{plain}` if it is not loaded, and returns it.\n\n# Errors\n\nThe error of the \
            loader; the next call loads again."
        ),
    };
    let weigher = quote!(::memopt::__private::Weigher::<#ty>::WEIGH);
    let shallow = lazy.weigh.is_none().then(|| {
        quote! {
            #[allow(unused_imports)]
            use ::memopt::__private::Shallow as _;
        }
    });
    let weigh = lazy.weigh.as_ref().unwrap_or(&weigher);
    let (keep, first) = match lazy.evict {
        Some(idle) => (quote!(, (#idle, #weigh)), shallow.clone()),
        None => (TokenStream::new(), None),
    };
    let accessor = if lazy.is_async {
        let method = format_ident!("{}_async", method);
        quote! {
            #vis async fn #name(&self) -> #output {
                #first self.#name.#method(self, #load #keep).await
            }
        }
    } else {
        let method = format_ident!("{}", method);
        quote!(#vis fn #name(&self) -> #output { #first self.#name.#method(self, #load #keep) })
    };
    let (unload, weigh) = if lazy.evict.is_some() {
        let unload = quote! {
            // Evicting is enough reason to call it.
            #[allow(clippy::must_use_candidate)]
            #vis fn #unload(&self) -> ::memopt::__private::core::primitive::bool
        };
        (unload, quote!(self.#name.held_bytes()))
    } else {
        let unload =
            quote!(#vis fn #unload(&mut self) -> ::memopt::__private::core::option::Option<#ty>);
        (unload, quote!(#shallow self.#name.weigh(#weigh)))
    };
    let (loaded_doc, unload_doc, held_doc) = (
        format!("Whether `{plain}` is loaded."),
        if lazy.evict.is_some() {
            format!(
                "Evicts `{plain}` as soon as nothing uses it, and returns whether it was loaded. \
                The \
                next call of `{plain}` loads again."
            )
        } else {
            format!(
                "Unloads `{plain}` and returns it, if it was loaded. The next call of `{plain}` \
                loads \
                again."
            )
        },
        format!("Bytes of `{plain}`, 0 while it is not loaded."),
    );
    // The user's docs of the field describe its value.
    let docs: Vec<_> = field.attrs.iter().filter(|attr| attr.path().is_ident("doc")).collect();
    let between = (!docs.is_empty()).then(|| quote!(#[doc = ""]));
    quote! {
        #(#docs)*
        #between
        #[doc = #doc]
        #accessor
        #[doc = #loaded_doc]
        #[must_use]
        #vis fn #is_loaded(&self) -> bool { self.#name.is_loaded() }
        #[doc = #unload_doc]
        #unload { self.#name.unload() }
        #[doc = #held_doc]
        #[must_use]
        #vis fn #held(&self) -> usize { #weigh }
    }
}
