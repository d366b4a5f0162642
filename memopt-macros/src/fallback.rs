//! What is written beside an error: the user's own item. Without the item, one mistake in an
//! attribute would also give errors about every use of it.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Error};

/// The error and the item as it is.
pub(crate) fn item(error: &Error, item: &TokenStream) -> TokenStream {
    let error = error.to_compile_error();
    quote!(#error #item)
}

/// The error and the function, which nothing calls: the attribute that would have was refused.
pub(crate) fn unused(error: &Error, item: &TokenStream) -> TokenStream {
    let error = error.to_compile_error();
    quote!(#error #[allow(dead_code)] #item)
}

/// The error and a `main` around the refused one: rustc has errors of its own for a program without
/// `main`, and for an async `main`.
pub(crate) fn main(error: &Error, item: &TokenStream) -> TokenStream {
    let item = unused(error, item);
    quote!(fn main() { #item })
}

/// The error and an empty impl, so that types with fields of this type give no errors of their own.
pub(crate) fn mem_size(error: &Error, item: TokenStream) -> TokenStream {
    let error = error.to_compile_error();
    let Ok(DeriveInput { ident: name, generics, .. }) = syn::parse2(item) else { return error };
    let (params, args, bounds) = generics.split_for_impl();
    quote! {
        #error
        #[automatically_derived]
        impl #params ::memopt::__private::MemSize for #name #args #bounds {
            fn walk(&self, _: &mut ::memopt::__private::Walk) {}
        }
    }
}
