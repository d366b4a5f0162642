//! What is emitted beside an error: the user's own item, so that one mistake in an attribute is one
//! message and not also twenty about names that no longer exist.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Generics, Ident};

/// The error and the item as it is.
pub(crate) fn item(error: &Error, item: &TokenStream) -> TokenStream {
    let error = error.to_compile_error();
    quote!(#error #item)
}

/// The error and a function that nothing calls, since what would have called it was refused.
pub(crate) fn unused(error: &Error, item: &TokenStream) -> TokenStream {
    let error = error.to_compile_error();
    quote!(#error #[allow(dead_code)] #item)
}

/// The error and a `main` with the refused one inside: rustc has its own errors for a program
/// without `main` and for one that is async.
pub(crate) fn main(error: &Error, item: &TokenStream) -> TokenStream {
    let item = unused(error, item);
    quote!(fn main() { #item })
}

/// The error and an empty impl, so that what holds the type has no error of its own.
pub(crate) fn mem_size(error: &Error, name: &Ident, generics: &Generics) -> TokenStream {
    let error = error.to_compile_error();
    let (params, args, bounds) = generics.split_for_impl();
    quote! {
        #error
        #[automatically_derived]
        impl #params ::memopt::__private::MemSize for #name #args #bounds {
            fn walk(&self, _: &mut ::memopt::__private::Walk) {}
        }
    }
}
