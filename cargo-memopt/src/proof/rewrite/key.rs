//! Keys made anew in each comparison of a sort, and copies made to loop over them.

use super::declared;
use super::known::is_plain;
use super::place::{Place, Rewrite};
use syn::visit::{self, Visit};

/// Methods of std that make a block when a key is made.
const MAKES: [&str; 7] =
    ["clone", "concat", "join", "to_lowercase", "to_owned", "to_string", "to_uppercase"];
/// Methods of std that make none. All others may count their calls.
const READS: [&str; 7] = ["as_bytes", "as_deref", "as_ref", "as_str", "is_empty", "len", "trim"];

pub(super) fn rewrites(place: &Place<'_>) -> Vec<Rewrite> {
    let mut walk = Walk { place, found: Vec::new() };
    walk.visit_block(place.function.block);
    walk.found
}

struct Walk<'a, 'b> {
    place: &'a Place<'b>,
    found: Vec<Rewrite>,
}

impl<'a> Visit<'a> for Walk<'_, '_> {
    fn visit_expr_method_call(&mut self, call: &'a syn::ExprMethodCall) {
        // The unstable sort leaves equal elements in another order.
        if call.method == "sort_by_key"
            && let Some(syn::Expr::Closure(key)) = call.args.first()
            && makes(&key.body) == Some(true)
        {
            let once = self.place.replace(&call.method, "sort_by_cached_key");
            self.found.push(vec![once]);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_for_loop(&mut self, found: &'a syn::ExprForLoop) {
        if let syn::Expr::MethodCall(call) = &*found.expr
            && (call.method == "clone" || call.method == "to_vec")
            && call.args.is_empty()
            // What is changed through a reference would be the list's own.
            && declared::types(self.place, &call.receiver)
                .is_some_and(|types| types.iter().all(|ty| is_plain(self.place, ty)))
        {
            let looked_at = format!("&{}", self.place.of(&call.receiver));
            self.found.push(vec![self.place.replace(&found.expr, looked_at)]);
        }
        visit::visit_expr_for_loop(self, found);
    }

    fn visit_item(&mut self, _: &'a syn::Item) {}
}

/// Whether a key makes a block. `None` where it may do more than be a key: it would be done once
/// for an element, and not in each comparison.
fn makes(key: &syn::Expr) -> Option<bool> {
    let all = |parts: &mut dyn Iterator<Item = &syn::Expr>| {
        parts.map(makes).try_fold(false, |any, one| one.map(|one| any || one))
    };
    match key {
        syn::Expr::Path(_) | syn::Expr::Lit(_) => Some(false),
        syn::Expr::Field(field) => makes(&field.base),
        syn::Expr::Paren(paren) => makes(&paren.expr),
        syn::Expr::Reference(reference) if reference.mutability.is_none() => makes(&reference.expr),
        syn::Expr::Unary(unary) => makes(&unary.expr),
        syn::Expr::Tuple(tuple) => all(&mut tuple.elems.iter()),
        syn::Expr::Call(call) => {
            let syn::Expr::Path(path) = &*call.func else { return None };
            let is_reverse = path.path.segments.last().is_some_and(|last| last.ident == "Reverse");
            if is_reverse { all(&mut call.args.iter()) } else { None }
        }
        syn::Expr::MethodCall(call) => {
            let of = |names: &[&str]| names.iter().any(|name| call.method == name);
            let parts = all(&mut call.args.iter().chain([&*call.receiver]))?;
            if of(&MAKES) { Some(true) } else { of(&READS).then_some(parts) }
        }
        _ => None,
    }
}
