//! Texts and bytes that are copied in one case to be compared: compared in place.

use super::place::{Place, Rewrite};
use syn::visit::{self, Visit};

/// Methods of std that copy into one case. Each letter of ASCII is changed by itself, so the copy
/// need not be there to be compared.
const CASES: [&str; 2] = ["to_ascii_lowercase", "to_ascii_uppercase"];
/// Comparisons that an iterator has too.
const ORDERS: [&str; 2] = ["cmp", "partial_cmp"];
/// Columns of a line.
const COLUMNS: usize = 100;

pub(super) fn rewrites(place: &Place<'_>) -> Vec<Rewrite> {
    // A type of the file may have a method of the name that does something else.
    let mut own = Own(false);
    own.visit_file(place.file);
    if own.0 {
        return Vec::new();
    }
    let mut walk = Walk { place, found: Vec::new() };
    walk.visit_block(place.function.block);
    walk.found
}

/// Whether functions of such a name are written here.
struct Own(bool);

impl<'a> Visit<'a> for Own {
    fn visit_signature(&mut self, sig: &'a syn::Signature) {
        self.0 |= CASES.iter().chain(["eq_ignore_ascii_case"].iter()).any(|name| sig.ident == name);
    }
}

struct Walk<'a, 'b> {
    place: &'a Place<'b>,
    found: Vec<Rewrite>,
}

impl<'a> Visit<'a> for Walk<'_, '_> {
    fn visit_expr_binary(&mut self, found: &'a syn::ExprBinary) {
        let not = match found.op {
            syn::BinOp::Eq(_) => Some(""),
            syn::BinOp::Ne(_) => Some("!"),
            _ => None,
        };
        if let (Some(not), Some((left, case)), Some((right, other))) =
            (not, changed(&found.left), changed(&found.right))
            && case == other
        {
            let (left, right) = (self.place.of(left), self.place.of(right));
            let equal = format!("{not}{left}.eq_ignore_ascii_case(&{right})");
            self.found.push(vec![self.place.replace(found, equal)]);
        }
        visit::visit_expr_binary(self, found);
    }

    fn visit_expr_method_call(&mut self, call: &'a syn::ExprMethodCall) {
        if ORDERS.iter().any(|name| call.method == name)
            && call.args.len() == 1
            && let Some(syn::Expr::Reference(other)) = call.args.first()
            && let (Some((left, case)), Some((right, same))) =
                (changed(&call.receiver), changed(&other.expr))
            && case == same
        {
            let [left, right] = [left, right].map(|part| self.place.of(part));
            // Bytes, or a text: one of both compiles.
            let of_bytes = ["iter()".to_owned(), format!("map(u8::{case})")];
            let of_text = ["bytes()".to_owned(), format!("map(|byte| byte.{case}())")];
            for [each, map] in [of_bytes, of_text] {
                let order = format!("{}({right}.{each}.{map})", call.method);
                let text = self.chain(call, left, &[&each, &map, &order]);
                self.found.push(vec![self.place.replace(call, text)]);
            }
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_item(&mut self, _: &'a syn::Item) {}
}

impl Walk<'_, '_> {
    /// Calls one after the other, in a line each where one line has no room for them.
    fn chain(&self, call: &syn::ExprMethodCall, receiver: &str, calls: &[&str]) -> String {
        let start = self.place.range(call).start;
        let line = self.place.text[..start].rfind('\n').map_or(0, |end| end + 1);
        let joined = format!("{receiver}.{}", calls.join("."));
        match self.place.line_start(start) {
            Some((_, indent)) if start - line + joined.len() >= COLUMNS => {
                let end = self.place.line_end();
                let rows = calls.iter().map(|call| format!("{end}{indent}    .{call}"));
                rows.fold(receiver.to_owned(), |all, row| all + &row)
            }
            _ => joined,
        }
    }
}

/// What is copied into one case, and by which method.
fn changed(expr: &syn::Expr) -> Option<(&syn::Expr, String)> {
    match expr {
        syn::Expr::Paren(paren) => changed(&paren.expr),
        syn::Expr::MethodCall(call) => {
            let is_one = CASES.iter().any(|name| call.method == name) && call.args.is_empty();
            is_one.then(|| (&*call.receiver, call.method.to_string()))
        }
        _ => None,
    }
}
