//! A buffer that each round of a loop makes and drops: made before the loop, emptied in each round.

use super::place::{Place, Rewrite, bound, has_word};
use crate::proof::splice::Splice;
use std::ops::Range;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// Types that `clear()` empties without giving memory back.
const CLEARED: [&str; 7] =
    ["Vec", "String", "VecDeque", "HashMap", "HashSet", "BinaryHeap", "PathBuf"];

pub(super) fn rewrites(place: &Place<'_>) -> Vec<Rewrite> {
    let mut walk = Walk { place, loops: Vec::new(), found: Vec::new() };
    walk.visit_block(place.function.block);
    walk.found
}

struct Walk<'a, 'b> {
    place: &'a Place<'b>,
    /// The loops around, the outermost first.
    loops: Vec<Range<usize>>,
    found: Vec<Rewrite>,
}

impl Walk<'_, '_> {
    fn buffer(&mut self, local: &syn::Local) {
        let Some((name, ty, value)) = bound(local) else { return };
        let Some(refill) = refill(self.place, value) else { return };
        if name.mutability.is_none() || !local.attrs.is_empty() {
            return;
        }
        let name = name.ident.to_string();
        let (place, body) = (self.place, self.place.range(self.place.function.block));
        // Out of all loops, or where that does not do, out of the innermost.
        let mut outer: Vec<&Range<usize>> = self.loops.first().into_iter().collect();
        outer.extend(self.loops.last().filter(|_| self.loops.len() > 1));
        for around in outer {
            let outside = [body.start..around.start, around.end..body.end];
            // Another variable of the name would be hidden.
            if outside.iter().any(|part| has_word(&place.text[part.clone()], &name)) {
                continue;
            }
            let Some((line, indent)) = place.line_start(around.start) else { continue };
            let ty = ty.map_or_else(String::new, |ty| format!(": {}", place.of(ty)));
            let value = place.of(value);
            let made = format!("{indent}let mut {name}{ty} = {value};{}", place.line_end());
            let emptied = place.replace(local, format!("{name}.{refill};"));
            self.found.push(vec![Splice::insert(line, made), emptied]);
        }
    }

    fn within_loop(&mut self, part: &impl Spanned, walk: impl FnOnce(&mut Self)) {
        self.loops.push(self.place.range(part));
        walk(self);
        self.loops.pop();
    }
}

impl<'a> Visit<'a> for Walk<'_, '_> {
    fn visit_stmt(&mut self, stmt: &'a syn::Stmt) {
        match stmt {
            syn::Stmt::Local(local) if !self.loops.is_empty() => {
                self.buffer(local);
                visit::visit_stmt(self, stmt);
            }
            syn::Stmt::Expr(
                syn::Expr::ForLoop(_) | syn::Expr::While(_) | syn::Expr::Loop(_),
                _,
            ) => self.within_loop(stmt, |walk| visit::visit_stmt(walk, stmt)),
            _ => visit::visit_stmt(self, stmt),
        }
    }

    // What runs at another time has buffers of its own.
    fn visit_expr_closure(&mut self, _: &'a syn::ExprClosure) {}
    fn visit_expr_async(&mut self, _: &'a syn::ExprAsync) {}
    fn visit_item(&mut self, _: &'a syn::Item) {}
}

/// How the buffer becomes in a later round what it was made as: `clear()`, or `fill(0)`.
fn refill(place: &Place<'_>, value: &syn::Expr) -> Option<String> {
    match value {
        syn::Expr::Call(call) => {
            let syn::Expr::Path(path) = &*call.func else { return None };
            let mut names = path.path.segments.iter().rev();
            let (method, of) = (names.next()?, names.next()?);
            let makes = ["new", "with_capacity", "default"].iter().any(|name| method.ident == name);
            let known = CLEARED.iter().any(|name| of.ident == name);
            let steady = call.args.iter().all(is_steady);
            (makes && known && steady).then(|| "clear()".to_owned())
        }
        syn::Expr::Macro(made) if made.mac.path.is_ident("vec") => {
            let tokens = &made.mac.tokens;
            if tokens.is_empty() {
                return Some("clear()".to_owned());
            }
            let text = place.text[place.range(tokens)].to_owned();
            let (element, length) = text.split_once(';')?;
            let length = syn::parse_str::<syn::Expr>(length).ok()?;
            let element = syn::parse_str::<syn::Expr>(element).ok().filter(is_steady)?;
            let element =
                matches!(element, syn::Expr::Lit(_)).then(|| text.split(';').next())??;
            is_steady(&length).then(|| format!("fill({})", element.trim()))
        }
        _ => None,
    }
}

/// Whether an expression is the same in each round: a literal, a constant or a calculation of such.
fn is_steady(expr: &syn::Expr) -> bool {
    match expr {
        syn::Expr::Lit(_) => true,
        syn::Expr::Path(path) => path.path.segments.last().is_some_and(|last| {
            last.ident.to_string().chars().all(|c| c.is_uppercase() || c.is_numeric() || c == '_')
        }),
        syn::Expr::Binary(binary) => is_steady(&binary.left) && is_steady(&binary.right),
        syn::Expr::Paren(paren) => is_steady(&paren.expr),
        syn::Expr::Cast(cast) => is_steady(&cast.expr),
        _ => false,
    }
}
