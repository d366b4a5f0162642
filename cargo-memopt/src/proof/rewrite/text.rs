//! Texts that are made to be appended to another: written into it.

use super::declared::is_text;
use super::known::is_of_std;
use super::place::{Place, Rewrite, is_bare};
use crate::proof::splice::Splice;
use syn::visit::{self, Visit};

/// What is said where a `Display` fails: `format!` panics too.
const FAILURE: &str = "formatting failed";

/// Words that mean something else where the trait is in scope, or the text has grown otherwise.
const OTHER: [&str; 4] = ["capacity", "write_char", "write_fmt", "write_str"];

pub(super) fn rewrites(place: &Place<'_>) -> Vec<Rewrite> {
    if place.says(&OTHER) {
        return Vec::new();
    }
    let mut walk = Walk { place, found: Vec::new() };
    walk.visit_block(place.function.block);
    let mut found = walk.found;
    let Some(first) = place.function.block.stmts.first() else { return Vec::new() };
    if found.is_empty() {
        return Vec::new();
    }
    // Its name is nobody's, so that it may stand there twice.
    if let Some((line, indent)) = place.line_start(place.range(first).start) {
        let import = format!("{indent}use std::fmt::Write as _;{}", place.line_end());
        found.push(Splice::insert(line, import));
        return vec![found];
    }
    Vec::new()
}

struct Walk<'a, 'b> {
    place: &'a Place<'b>,
    found: Vec<Splice>,
}

impl<'a> Visit<'a> for Walk<'_, '_> {
    fn visit_stmt(&mut self, stmt: &'a syn::Stmt) {
        let syn::Stmt::Expr(expr, Some(_)) = stmt else { return visit::visit_stmt(self, stmt) };
        let (to, text) = match expr {
            syn::Expr::MethodCall(call) if call.method == "push_str" && call.args.len() == 1 => {
                (&*call.receiver, &call.args[0])
            }
            syn::Expr::Binary(adds) if matches!(adds.op, syn::BinOp::AddAssign(_)) => {
                (&*adds.left, &*adds.right)
            }
            _ => return visit::visit_stmt(self, stmt),
        };
        if let syn::Expr::Reference(text) = text
            && let syn::Expr::Macro(made) = &*text.expr
            && made.mac.path.is_ident("format")
            // Another type may do more with a text than append it.
            && is_text(self.place, to)
            && is_of_std(self.place, &made.mac.path)
            && is_of_std(self.place, &syn::parse_quote!(write))
            && is_bare(self.place.of(stmt))
        {
            let (place, words) = (self.place, self.place.of(&made.mac.tokens));
            let written = format!("write!({}, {words}).expect(\"{FAILURE}\");", place.of(to));
            self.found.push(place.replace(stmt, written));
        } else {
            visit::visit_stmt(self, stmt);
        }
    }

    fn visit_item(&mut self, _: &'a syn::Item) {}
}
