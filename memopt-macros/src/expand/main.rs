//! `#[memopt::main]`.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt, quote};

use crate::args::MainArgs;
use crate::model::Func;

/// The guard is the first local of `main` and so the last to go: the report is written when
/// everything else in `main` is dropped.
///
/// An async `main` is nested whole, with the attributes that make it run, into a sync one, since
/// the report must come after the runtime is gone.
pub(crate) fn main(func: &Func, args: &MainArgs) -> TokenStream {
    let guard = guard(args);
    let Some(body) = &func.body else { return func.to_token_stream() };
    let mut tokens = TokenStream::new();
    if func.asyncness.is_none() {
        let mut inside: TokenStream = body.inner_attrs.iter().chain(&body.items).cloned().collect();
        inside.extend(guard);
        inside.append_all(&body.statements);
        func.before_body(&mut tokens);
        tokens.append(body.with(inside));
        return tokens;
    }
    // Both have to go when one does.
    let cfgs = func.attrs.iter().filter(|attr| attr.name() == "cfg");
    let (attrs, vis, head, name) = (&func.attrs, &func.vis, &func.head, &func.name);
    let outer_head = func
        .head
        .iter()
        .enumerate()
        .filter(|(at, _)| Some(*at) != func.asyncness)
        .map(|(_, token)| token);
    let inside = body.inner_attrs.iter().chain(&body.items).chain(&body.statements);
    let inner_body = body.with(inside.cloned().collect());
    let outer_body = body.with(quote! {
        #(#attrs)* #(#head)* #inner_body
        #guard
        #name()
    });
    tokens.extend(quote!(#(#cfgs)* #(#vis)* #(#outer_head)* #outer_body));
    tokens
}

/// With tracking off the body stays, and says first where the environment asks for what is not
/// recorded.
pub(crate) fn main_off(func: &Func) -> TokenStream {
    let Some(body) = &func.body else { return func.to_token_stream() };
    let mut inside: TokenStream = body.inner_attrs.iter().chain(&body.items).cloned().collect();
    inside.extend(quote!(::memopt::__private::nothing_is_recorded();));
    inside.append_all(&body.statements);
    let mut tokens = TokenStream::new();
    func.before_body(&mut tokens);
    tokens.append(body.with(inside));
    tokens
}

fn guard(args: &MainArgs) -> TokenStream {
    let local = TokenTree::Ident(Ident::new("__memopt_main", Span::mixed_site()));
    let report = args.report.as_ref().map_or_else(
        || quote!(::memopt::__private::core::option::Option::None),
        |report| quote!(::memopt::__private::core::option::Option::Some(#report)),
    );
    quote!(let #local = ::memopt::__private::Main::start(#report);)
}
