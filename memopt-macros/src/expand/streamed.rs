//! `#[memopt::streamed]`: the body as an `async` block that sends, given to the runtime to be
//! polled.

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt, quote, quote_spanned};

use super::mode::Mode;
use super::{edge, site};
use crate::model::{Body, Func, Piece, Spec, Streaming};
use crate::tokens::refilled;

/// The function that returns the iterator, or the stream where it was async.
pub(crate) fn streamed(func: &Func, plan: &Streaming, mode: Mode) -> TokenStream {
    let mut tokens = TokenStream::new();
    head(func, plan, &mut tokens);
    if let Some(body) = &func.body {
        let mut inside: TokenStream = body.inner_attrs.iter().cloned().collect();
        inside.extend(run(func, body, plan, mode));
        tokens.append(body.with(inside));
    }
    tokens
}

/// Everything before the body, with another return type. A bare `#[must_use]` is removed: the
/// iterator is `#[must_use]` itself.
fn head(func: &Func, plan: &Streaming, tokens: &mut TokenStream) {
    let bare_must_use = |attr: &TokenStream| attr.to_string().replace(' ', "") == "#[must_use]";
    tokens.extend(
        func.attrs.iter().map(ToTokens::to_token_stream).filter(|attr| !bare_must_use(attr)),
    );
    tokens.append_all(&func.vis);
    let behind = func.output_at + func.output.clone().into_iter().count();
    for (at, token) in func.head.iter().enumerate() {
        if at == func.output_at {
            output(func, plan, tokens);
        }
        if Some(at) != func.asyncness && !(func.output_at..behind).contains(&at) {
            tokens.append(token.clone());
        }
    }
}

fn output(func: &Func, plan: &Streaming, tokens: &mut TokenStream) {
    let (item, end) = (&plan.rows.item, &plan.rows.end);
    let chunk = Literal::usize_unsuffixed(plan.chunk);
    let iterator = Ident::new(
        if func.asyncness.is_some() { "StreamedAsync" } else { "Streamed" },
        Span::mixed_site(),
    );
    tokens.extend(quote! {
        ::memopt::__private::#iterator<
            #item,
            impl ::memopt::__private::core::future::Future<Output = #end>,
            #chunk
        >
    });
}

fn run(func: &Func, body: &Body, plan: &Streaming, mode: Mode) -> TokenStream {
    let mut inside: TokenStream = body.items.iter().cloned().collect();
    inside.extend(edge::returning(&plan.rows.end, func.name.span()));
    write(&plan.body, &mut inside);
    let mut block = Group::new(Delimiter::Brace, inside);
    block.set_span(Span::mixed_site().located_at(func.name.span()));
    let run = Ident::new(
        if func.asyncness.is_some() { "streamed_async" } else { "streamed" },
        Span::mixed_site(),
    );
    let out = Ident::new("__memopt_out", Span::mixed_site());
    // The item's type, so that a wrong item is an error where it is pushed.
    let (item, chunk) =
        (edge::erase(plan.rows.item.clone()), Literal::usize_unsuffixed(plan.chunk));
    let run = quote!(#run::<#item, _, #chunk>);
    match &plan.track {
        Some(spec) if mode == Mode::Track => {
            let site = site::declare(func, &quote!(AsyncFunction), spec);
            quote! {
                #site
                ::memopt::__private::#run(move |#out| {
                    ::memopt::__private::track_future(&__MEMOPT_SITE, async move #block)
                })
            }
        }
        _ => quote!(::memopt::__private::#run(move |#out| async move #block)),
    }
}

fn write(pieces: &[Piece], tokens: &mut TokenStream) {
    for piece in pieces {
        match piece {
            Piece::Token(token) => tokens.append(token.clone()),
            Piece::Group(group, inside) => tokens.append(around(group, inside)),
            Piece::Send { out, method, brackets, arguments } => {
                let here = Span::mixed_site().located_at(out.span());
                let sender = Ident::new("__memopt_out", here);
                let arguments = TokenTree::Group(around(brackets, arguments));
                // An item is sent in a statement of its own, so that its temporaries are gone when
                // the body stops.
                tokens.extend(if method == "push" {
                    quote_spanned!(here=> #sender.room({ #sender.#method #arguments; }).await)
                } else {
                    quote_spanned!(here=> #sender.#method #arguments.await)
                });
            }
            Piece::Capacity { out, arguments, statement } => {
                let here = Span::mixed_site().located_at(out.span());
                let mut inside = TokenStream::new();
                write(arguments, &mut inside);
                if inside.is_empty() {
                    inside = quote!(0);
                }
                let end = statement.then(|| quote!(;));
                tokens.extend(quote_spanned!(here=> ::memopt::__private::capacity(#inside) #end));
            }
            // Nothing at all: clippy would call a unit superfluous.
            Piece::End { written: false, .. } => {}
            Piece::End { out, written: true } => {
                let mut unit = Group::new(Delimiter::Parenthesis, TokenStream::new());
                unit.set_span(Span::mixed_site().located_at(out.span()));
                tokens.append(unit);
            }
        }
    }
}

fn around(group: &Group, inside: &[Piece]) -> Group {
    let mut tokens = TokenStream::new();
    write(inside, &mut tokens);
    refilled(group, tokens)
}

/// `#[track_alloc]` above `#[streamed]` is moved below it, where `#[streamed]` reads it.
pub(super) fn hand_down(func: &Func, spec: &Spec, tokens: &mut TokenStream) {
    let name = spec.name.as_ref().map(|name| quote!(name = #name,));
    let budget = spec.budget.as_ref().map(|budget| {
        let limits = [
            (quote!(allocs), budget.allocs),
            (quote!(bytes), budget.bytes),
            (quote!(peak), budget.peak),
            (quote!(retained), budget.retained),
        ];
        let limits = limits.iter().filter_map(|(key, limit)| {
            let limit = Literal::u64_unsuffixed((*limit)?);
            Some(quote!(#key <= #limit))
        });
        quote!(budget(#(#limits),*),)
    });
    let no_apply = spec.no_apply.then(|| quote!(no_apply));
    tokens.append_all(&func.attrs);
    tokens.extend(quote!(#[track_alloc(#name #budget #no_apply)]));
    func.signature(tokens);
    func.end(tokens);
}
