//! Keys made anew in each comparison of a sort, and copies made to loop over them.

use super::place::{Place, Rewrite, has_word};
use syn::visit::{self, Visit};

/// What makes a block when a key is made.
const MAKES: [&str; 8] =
    ["clone", "collect", "concat", "format", "join", "to_lowercase", "to_owned", "to_string"];

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
        let sorts = ["sort_by_key", "sort_unstable_by_key"].iter().any(|name| call.method == name);
        if let (true, Some(syn::Expr::Closure(key))) = (sorts, call.args.first()) {
            let text = self.place.of(&key.body);
            if MAKES.iter().any(|word| has_word(text, word)) {
                let once = self.place.replace(&call.method, "sort_by_cached_key");
                self.found.push(vec![once]);
            }
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_for_loop(&mut self, found: &'a syn::ExprForLoop) {
        if let syn::Expr::MethodCall(call) = &*found.expr
            && (call.method == "clone" || call.method == "to_vec")
            && call.args.is_empty()
        {
            let looked_at = format!("&{}", self.place.of(&call.receiver));
            self.found.push(vec![self.place.replace(&found.expr, looked_at)]);
        }
        visit::visit_expr_for_loop(self, found);
    }

    fn visit_item(&mut self, _: &'a syn::Item) {}
}
