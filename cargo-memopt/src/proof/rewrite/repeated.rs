//! A text that each round of a loop repeats to one length: made in the first round that needs it.

use super::buffer::{Moved, is_steady, walked};
use super::known::is_of_std;
use super::place::{Place, Rewrite, bound};
use syn::visit::{self, Visit};

pub(super) fn rewrites(place: &Place<'_>) -> Vec<Rewrite> {
    walked(place, repeated)
}

/// `let line = "-".repeat(width);`, where nothing that is done in the loop changes the width. What
/// is made is only read: the variable is no mutable one, and a round that takes it away does not
/// compile.
fn repeated(place: &Place<'_>, local: &syn::Local) -> Option<Moved> {
    let (name, ty, value) = bound(local)?;
    let syn::Expr::MethodCall(call) = value else { return None };
    let is_one = call.method == "repeat" && call.args.len() == 1;
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(_), .. }) = &*call.receiver else {
        return None;
    };
    let is_own = name.mutability.is_none() && ty.is_none();
    if !(is_one && is_own && is_same(place, &call.args[0])) {
        return None;
    }
    let string: syn::Path = syn::parse_quote!(String);
    if !is_of_std(place, &string) {
        return None;
    }
    let name = name.ident.to_string();
    let again = vec![
        format!("if {name}.is_empty() {{"),
        format!("    {name} = {};", place.of(value)),
        "}".to_owned(),
    ];
    Some(Moved { name, ty: String::new(), empty: "String::new()".to_owned(), again })
}

/// Whether a number is the same in each round: a calculation of constants and of fields that are
/// read through a shared reference, which is the function's own for as long as it runs.
fn is_same(place: &Place<'_>, number: &syn::Expr) -> bool {
    match number {
        syn::Expr::Binary(binary) => is_same(place, &binary.left) && is_same(place, &binary.right),
        syn::Expr::Paren(paren) => is_same(place, &paren.expr),
        syn::Expr::Field(field) => match &*field.base {
            syn::Expr::Field(_) => is_same(place, &field.base),
            syn::Expr::Path(path) => {
                path.path.get_ident().is_some_and(|name| is_shared(place, name))
            }
            _ => false,
        },
        other => is_steady(other),
    }
}

/// Whether a name is that of a parameter that is a shared reference, and of nothing else here.
fn is_shared(place: &Place<'_>, name: &syn::Ident) -> bool {
    let mut names = Names { name, count: 0 };
    names.visit_signature(place.function.sig);
    names.visit_block(place.function.block);
    let is_it = |input: &syn::FnArg| match input {
        syn::FnArg::Typed(typed) => {
            let is_named = matches!(&*typed.pat, syn::Pat::Ident(pat)
                if pat.ident == *name && pat.mutability.is_none() && pat.by_ref.is_none());
            is_named && matches!(&*typed.ty, syn::Type::Reference(to) if to.mutability.is_none())
        }
        syn::FnArg::Receiver(own) => {
            name == "self" && matches!(own.kind, syn::ReceiverKind::Reference(_, _, None))
        }
    };
    let most = usize::from(name != "self");
    names.count == most && place.function.sig.inputs.iter().any(is_it)
}

/// Patterns that bind a name.
struct Names<'a> {
    name: &'a syn::Ident,
    count: usize,
}

impl<'a> Visit<'a> for Names<'_> {
    fn visit_pat_ident(&mut self, pat: &'a syn::PatIdent) {
        self.count += usize::from(pat.ident == *self.name);
        visit::visit_pat_ident(self, pat);
    }
}
