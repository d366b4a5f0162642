//! One measured function.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{TokenStreamExt, quote};

use super::{edge, in_place, site, tail};
use crate::model::{Body, Func, Spec, is_canonical, named_parameters};
use crate::tokens::is_punct;

/// A sync function holds a guard, and an async one too, where each of its awaits is seen; else the
/// async one gives its whole body, as a future, to the site. One that returns a future gives that.
pub(super) fn expand(func: &Func, body: &Body, spec: &Spec, tokens: &mut TokenStream) {
    let mut inside: TokenStream = body.inner_attrs.iter().cloned().collect();
    let site = |kind: TokenStream, inside: &mut TokenStream| {
        site::reference(func, body, &kind, spec, inside)
    };
    if func.asyncness.is_some() {
        let site = site(quote!(AsyncFunction), &mut inside);
        match in_place::guarded(&body.statements, &site) {
            Some(statements) => {
                inside.append_all(&body.items);
                inside.extend(statements);
            }
            None => return wrapped(func, body, &site, inside, tokens),
        }
    } else if let Some(statements) = tail::track(&body.statements, &mut |future| {
        let site = site(quote!(AsyncFunction), &mut inside);
        in_place::future(&future, &site)
    }) {
        inside.append_all(&body.items);
        inside.extend(statements);
    } else {
        let site = site(quote!(Function), &mut inside);
        inside.append_all(&body.items);
        let guard = if spec.may_rest { in_place::guard_unless_off } else { in_place::guard };
        inside.extend(guard(&site));
        inside.append_all(&body.statements);
    }
    func.before_body(tokens);
    let mut braces = body.with(inside);
    if is_canonical(func, body) {
        // Clippy passes over braces that a macro wrote.
        braces.set_span(in_place::here(func));
    }
    tokens.append(braces);
}

/// The whole body as a future of its own.
///
/// Such a block takes along what its statements name, in that order, and drops it in that order. So
/// it takes each parameter first, as the compiler does for a function, and the body is the operand
/// of a `return`: temporaries of the last expression then go before the parameters. Whether they go
/// before the variables is by the edition of the braces, so these are the user's.
fn wrapped(
    func: &Func,
    body: &Body,
    site: &TokenStream,
    mut inside: TokenStream,
    tokens: &mut TokenStream,
) {
    let named = named_parameters(func);
    let (edge, lets) = (edge::never_taken(func), &named.lets);
    // With an item in front rustc calls no braces unnecessary.
    let mut own: TokenStream = quote!(
        const _: () = ();
    );
    own.append_all(&body.items);
    own.append_all(&body.statements);
    let own = TokenTree::Group(body.with(own));
    // Without a last expression there are no such temporaries.
    let ends = body.statements.last().is_none_or(|last| is_punct(last, ';'));
    let own = if ends { quote!(#own) } else { quote!(return #own;) };
    let mut block = Group::new(Delimiter::Brace, quote!(#edge #lets #own));
    block.set_span(in_place::here(func));
    inside
        .extend(quote!(return ::memopt::__private::track_future(#site, async move #block).await;));
    tokens.append_all(&func.attrs);
    tokens.append_all(&func.vis);
    tokens.append_all(&named.head);
    tokens.append(body.with(inside));
}
