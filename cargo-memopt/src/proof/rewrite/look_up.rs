//! Keys that are copied to look something up.

use super::place::{Place, Rewrite, has_word, is_plain};
use syn::visit::{self, Visit};

/// Methods of tables that take a borrowed key.
const LOOK_UPS: [&str; 6] = ["get", "get_mut", "contains_key", "contains", "remove", "take"];
/// Methods that copy a text or a list.
const COPIES: [&str; 4] = ["clone", "to_owned", "to_string", "to_vec"];

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
        let looks_up = LOOK_UPS.iter().any(|name| call.method == name) && call.args.len() == 1;
        if let (true, Some(syn::Expr::Reference(key))) = (looks_up, call.args.first())
            && let Some(copied) = copied(&key.expr)
        {
            let (place, text) = (self.place, self.place.of(copied));
            let literal = matches!(copied, syn::Expr::Lit(_));
            self.found.push(vec![place.replace(&call.args[0], text)]);
            if !literal {
                // What is copied may be the text, a reference to it, or one to that.
                for mark in ["&", "*"] {
                    self.found.push(vec![place.replace(&call.args[0], format!("{mark}{text}"))]);
                }
            }
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_stmt(&mut self, stmt: &'a syn::Stmt) {
        if let syn::Stmt::Expr(syn::Expr::Binary(adds), Some(_)) = stmt
            && let Some(found) = counted(self.place, stmt, adds)
        {
            self.found.extend(found);
        }
        visit::visit_stmt(self, stmt);
    }

    fn visit_item(&mut self, _: &'a syn::Item) {}
}

/// What a copy is made of.
pub(super) fn copied(key: &syn::Expr) -> Option<&syn::Expr> {
    match key {
        syn::Expr::MethodCall(call) => {
            let copies = COPIES.iter().any(|name| call.method == name) && call.args.is_empty();
            copies.then_some(&*call.receiver)
        }
        syn::Expr::Call(call) => {
            let syn::Expr::Path(path) = &*call.func else { return None };
            let mut names = path.path.segments.iter().rev();
            let (method, of) = (names.next()?, names.next()?);
            let is_copy = method.ident == "from" && of.ident == "String";
            call.args.first().filter(|_| is_copy && call.args.len() == 1)
        }
        _ => None,
    }
}

/// `*table.entry(key.to_string()).or_insert(0) += n;` with a copy only for a new key. The table and
/// the key are read twice, so that they must be plain; the numbers are read at another moment.
fn counted(place: &Place<'_>, stmt: &syn::Stmt, adds: &syn::ExprBinary) -> Option<[Rewrite; 3]> {
    let syn::Expr::Unary(left) = &*adds.left else { return None };
    let (syn::UnOp::Deref(_), syn::Expr::MethodCall(insert)) = (&left.op, &*left.expr) else {
        return None;
    };
    let syn::Expr::MethodCall(entry) = &*insert.receiver else { return None };
    if entry.method != "entry" || entry.args.len() != 1 {
        return None;
    }
    let owned = entry.args.first()?;
    let key = copied(owned)?;
    let syn::BinOp::AddAssign(_) = adds.op else { return None };
    let sum = sum(place, insert, &adds.right)?;
    let are_plain = [&entry.receiver, key, &adds.right].into_iter().all(is_plain);
    // The rewrite binds this name around them.
    if !are_plain || has_word(place.of(stmt), "known") {
        return None;
    }
    let (_, indent) = place.line_start(place.range(stmt).start)?;
    let (table, key, owned) = (place.of(&entry.receiver), place.of(key), place.of(owned));
    let (more, end) = (place.of(&adds.right), place.line_end());
    let with = |key: &str| {
        let lines = [
            format!("if let Some(known) = {table}.get_mut({key}) {{"),
            format!("{indent}    *known += {more};"),
            format!("{indent}}} else {{"),
            format!("{indent}    {table}.insert({owned}, {sum});"),
            format!("{indent}}}"),
        ];
        vec![place.replace(stmt, lines.join(end))]
    };
    Some([with(key), with(&format!("&{key}")), with(&format!("*{key}"))])
}

/// The first value and the addend as one, where they are numbers: a type of the user's may begin
/// or add otherwise.
fn sum(place: &Place<'_>, insert: &syn::ExprMethodCall, more: &syn::Expr) -> Option<String> {
    let is_literal = matches!(number(more), Some(syn::Lit::Int(_)));
    let added = place.of(more);
    match (insert.method.to_string().as_str(), insert.args.first()) {
        ("or_default", None) if is_literal => Some(added.to_owned()),
        ("or_insert", Some(first)) if insert.args.len() == 1 => match number(first)? {
            syn::Lit::Int(zero) if zero.base10_digits() == "0" && zero.suffix().is_empty() => {
                Some(added.to_owned())
            }
            syn::Lit::Int(zero) if zero.base10_digits() == "0" => {
                Some(format!("{} + {added}", place.of(first)))
            }
            // The table has the first value already where this sum is too large.
            syn::Lit::Int(_) if !is_literal => None,
            syn::Lit::Int(_) | syn::Lit::Float(_) => Some(format!("{} + {added}", place.of(first))),
            _ => None,
        },
        _ => None,
    }
}

fn number(expr: &syn::Expr) -> Option<&syn::Lit> {
    match expr {
        syn::Expr::Lit(number) => Some(&number.lit),
        _ => None,
    }
}
