//! `#[memopt::test]`.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt, quote};

use super::edge;
use super::mode::Mode;
use crate::args::TestArgs;
use crate::model::{Body, Func};
use crate::validate;

/// The body becomes a closure or a future that the runtime calls and measures. With tracking off
/// the body stays, and says first that its limits are not judged. `#[test]` is added unless another
/// attribute brings one.
pub(crate) fn test(func: &Func, args: &TestArgs, mode: Mode) -> TokenStream {
    let mut tokens = TokenStream::new();
    if !validate::is_test(func) {
        tokens.extend(quote!(#[::memopt::__private::core::prelude::v1::test]));
    }
    match &func.body {
        Some(body) if mode == Mode::Track => {
            let mut inside: TokenStream = body.inner_attrs.iter().cloned().collect();
            inside.extend(run(func, body, args));
            func.before_body(&mut tokens);
            tokens.append(body.with(inside));
        }
        Some(body) if args.is_limited() => {
            let name = name(func);
            let mut inside: TokenStream =
                body.inner_attrs.iter().chain(&body.items).cloned().collect();
            inside.extend(quote!(::memopt::__private::limits_not_judged(#name);));
            inside.append_all(&body.statements);
            func.before_body(&mut tokens);
            tokens.append(body.with(inside));
        }
        _ => func.to_tokens(&mut tokens),
    }
    tokens
}

/// The path of the function.
fn name(func: &Func) -> TokenStream {
    let name = func.plain_name();
    quote!(
        ::memopt::__private::core::concat!(::memopt::__private::core::module_path!(), "::", #name)
    )
}

fn run(func: &Func, body: &Body, args: &TestArgs) -> TokenStream {
    let (name, limits) = (name(func), limits(args));
    if func.asyncness.is_some() {
        let block = TokenTree::Group(body.nested(edge::never_taken(func)));
        return quote!(::memopt::__private::run_test_async(#name, #limits, async move #block).await);
    }
    let block = TokenTree::Group(body.nested(TokenStream::new()));
    // A closure cannot return `impl Trait`; there the compiler finds the type.
    let output = &func.output;
    let arrow = (!output.is_empty() && !func.output_is_opaque()).then(|| quote!(-> #output));
    quote!(::memopt::__private::run_test(#name, #limits, move || #arrow #block))
}

fn limits(args: &TestArgs) -> TokenStream {
    if !args.is_limited() {
        return quote!(::memopt::__private::TestLimits::NONE);
    }
    let given = [
        (quote!(max_allocs), args.max_allocs),
        (quote!(max_bytes), args.max_bytes),
        (quote!(max_peak), args.max_peak),
    ];
    let all = args.no_leaks
        && !args.may_leak.is_empty()
        && given.iter().all(|(_, limit)| limit.is_some());
    let fields = given.iter().filter_map(|(field, limit)| {
        limit.map(|limit| quote!(#field: ::memopt::__private::core::option::Option::Some(#limit),))
    });
    let no_leaks = args.no_leaks.then(|| quote!(no_leaks: true,));
    let may_leak = &args.may_leak;
    let may_leak = (!may_leak.is_empty()).then(|| quote!(may_leak: &[#(#may_leak),*],));
    let rest = (!all).then(|| quote!(..::memopt::__private::TestLimits::NONE));
    quote!(::memopt::__private::TestLimits { #(#fields)* #no_leaks #may_leak #rest })
}
