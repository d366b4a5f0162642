//! `#[presize] let ..` inside a measured function.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;

use crate::model::lets::{self, Marked, Rewritten};
use crate::model::{Body, Container, Func, Item, Member, Plan};
use crate::tokens::refilled;
use crate::validate::{self, Begin, Errors, PRESIZE_IN_ARENA, PRESIZE_SKIPPED, Presize};

/// The attribute's name.
const HELPER: &str = "presize";

/// Rewrites every marked `let` of every measured function; without `track` or beside an error the
/// functions come back without the attribute.
pub(crate) fn presize(item: &mut Item) -> syn::Result<()> {
    let mut errors = Errors::default();
    match item {
        Item::Func(func) => function(func, &mut errors),
        Item::Container(container) => members(container, &mut errors),
        Item::Other { .. } => {}
    }
    errors.finish()
}

fn members(container: &mut Container, errors: &mut Errors) {
    for member in container.body.iter_mut().flat_map(|body| &mut body.members) {
        match member {
            Member::Func(func) => function(func, errors),
            Member::Container(inner) => members(inner, errors),
            Member::Verbatim { .. } => {}
        }
    }
}

fn function(func: &mut Func, errors: &mut Errors) {
    // Its own attribute comes later and reads the marks.
    if func.attrs.iter().any(|attr| ["track_alloc", "arena"].contains(&attr.name())) {
        return;
    }
    let out_of_place = match func.plan {
        Plan::Track(_) => None,
        Plan::Leave => Some(PRESIZE_SKIPPED),
    };
    let Some(body) = &mut func.body else { return };
    if lets::mentions(&body.items, HELPER) || lets::mentions(&body.statements, HELPER) {
        self::body(body, out_of_place, errors);
    }
}

/// Refuses every marked `let` of a function with an arena; beside the error it comes back without
/// the marks.
pub(crate) fn no_presize(item: &mut Item) -> syn::Result<()> {
    let mut errors = Errors::default();
    if let Item::Func(Func { body: Some(body), .. }) = item
        && (lets::mentions(&body.items, HELPER) || lets::mentions(&body.statements, HELPER))
    {
        self::body(body, Some(PRESIZE_IN_ARENA), &mut errors);
    }
    errors.finish()
}

/// Rewrites the marked statements, or says that they are out of place.
fn body(body: &mut Body, out_of_place: Option<&str>, errors: &mut Errors) {
    if let Some(rule) = out_of_place {
        let mut refuse = |marked: Marked<'_>| {
            errors.add(syn::Error::new(marked.attr.span(), rule));
            None
        };
        lets::rewrite(&body.items, HELPER, &mut refuse);
        lets::rewrite(&body.statements, HELPER, &mut refuse);
    }
    let plain = |tokens: &[TokenTree]| lets::rewrite(tokens, HELPER, &mut |_| None);
    let contents = [body.inner_attrs.clone(), plain(&body.items), plain(&body.statements)];
    body.set_contents(contents.into_iter().flatten().collect());
    if out_of_place.is_some() {
        return;
    }
    let mut statics = TokenStream::new();
    let mut count = 0;
    let mut each = |marked: Marked<'_>| match validate::presize(&marked) {
        Ok(one) => {
            let written = write(&one, count, &mut statics);
            count += 1;
            Some(written)
        }
        Err(error) => {
            errors.add(error);
            None
        }
    };
    let items = lets::rewrite(&body.items, HELPER, &mut each);
    body.statements = lets::rewrite(&body.statements, HELPER, &mut each);
    body.names_site |= count > 0;
    body.items = statics.into_iter().chain(items).collect();
}

fn write(presize: &Presize, count: usize, statics: &mut TokenStream) -> Rewritten {
    let parts = &presize.parts;
    let learner = Ident::new(&format!("__MEMOPT_PRESIZE_{count}"), Span::call_site());
    let started = Ident::new(&format!("__memopt_presize_{count}"), Span::mixed_site());
    let name = parts.variable.unraw().to_string();
    let percentile = presize.args.percentile.map(|percent| quote!(.percentile(#percent)));
    let max_waste = presize.args.max_waste.map(|percent| quote!(.max_waste(#percent)));
    let learn = presize.args.learn.then(|| quote!(.learning()));
    statics.extend(quote! {
        static #learner: ::memopt::__private::Learner =
            ::memopt::__private::Learner::new(#name)
                #percentile #max_waste #learn .within(&__MEMOPT_SITE);
    });
    let (before, value, semicolon) = (&parts.before, &parts.value, &parts.semicolon);
    let value = match &presize.begin {
        Begin::Empty => quote!(#learner.start(#(#value)*)),
        Begin::Given(arguments) => {
            let path = &value[..value.len() - 1];
            let given = arguments.stream();
            let mut arguments = refilled(arguments, quote!(#learner.start_or(#given)));
            arguments.set_span(presize.span);
            quote!(#(#path)* #arguments)
        }
    };
    // Located at the attribute: what the compiler says about this use is about the attribute.
    let here = Span::mixed_site().located_at(presize.span);
    let mut variable = parts.variable.clone();
    variable.set_span(variable.span().located_at(presize.span));
    Rewritten {
        variable: parts.variable.clone(),
        start: quote! {
            #(#before)* #value #semicolon
            let #started = #learner.started(&#variable);
        },
        end: quote_spanned! {here=>
            #[allow(unreachable_code)]
            #learner.end(#started, &#variable);
        },
    }
}
