//! A buffer that each round of a loop makes and drops: made before the loop, emptied in each round.

use super::known::{is_of_std, is_plain};
use super::place::{CAPACITY, Place, Rewrite, bound, has_word};
use crate::proof::splice::Splice;
use std::ops::Range;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// Types that `clear()` empties without giving memory back.
const CLEARED: [&str; 7] =
    ["Vec", "String", "VecDeque", "HashMap", "HashSet", "BinaryHeap", "PathBuf"];

pub(super) fn rewrites(place: &Place<'_>) -> Vec<Rewrite> {
    walked(place, buffer)
}

/// How a variable of a loop is made before it.
pub(super) struct Moved {
    /// Its name, and the type that is written behind it.
    pub(super) name: String,
    pub(super) ty: String,
    /// What it is before the loop: nothing is calculated there, which may fail where no round would
    /// run.
    pub(super) empty: String,
    /// The lines that stand where it was made.
    pub(super) again: Vec<String>,
}

/// The rewrites of a function by what is said of each variable of a loop.
pub(super) fn walked(place: &Place<'_>, rule: LoopRule) -> Vec<Rewrite> {
    // A buffer of an earlier round has its capacity.
    if place.says(&CAPACITY) {
        return Vec::new();
    }
    let (loops, blocks, found) = (Vec::new(), Vec::new(), Vec::new());
    let mut walk = Walk { place, rule, loops, blocks, found };
    walk.visit_block(place.function.block);
    walk.found
}

/// What is said of a variable of a loop.
type LoopRule = fn(&Place<'_>, &syn::Local) -> Option<Moved>;

/// A buffer that is cleared in each round.
fn buffer(place: &Place<'_>, local: &syn::Local) -> Option<Moved> {
    let (name, ty, value) = bound(local)?;
    name.mutability.as_ref()?;
    let made = made(place, ty, value)?;
    let name = name.ident.to_string();
    let refill = made.refill.map(|call| format!("{name}.{call};"));
    let again = [format!("{name}.clear();")].into_iter().chain(refill).collect();
    let ty = ty.map_or_else(String::new, |ty| format!(": {}", place.of(ty)));
    Some(Moved { name, ty, empty: made.empty, again })
}

struct Walk<'a, 'b> {
    place: &'a Place<'b>,
    rule: LoopRule,
    /// The loops around, the outermost first.
    loops: Vec<Range<usize>>,
    /// Where the blocks around end, the outermost first.
    blocks: Vec<usize>,
    found: Vec<Rewrite>,
}

impl Walk<'_, '_> {
    fn variable(&mut self, local: &syn::Local) {
        let (place, scope) = (self.place, self.blocks.last());
        let (true, Some(scope)) = (local.attrs.is_empty(), scope) else { return };
        let Some(moved) = (self.rule)(place, local) else { return };
        let (Moved { name, ty, empty, again }, own) = (moved, place.range(local));
        // Another variable of the name would be hidden: everywhere but behind the `let`.
        let function = place.range(place.function.sig).start..place.range(place.function.block).end;
        let others = [function.start..own.start, *scope..function.end];
        // A text of `format!` has a raw name without its mark.
        if name.starts_with("r#")
            || others.iter().any(|part| has_word(&place.text[part.clone()], &name))
        {
            return;
        }
        // Out of all loops, or where that does not do, out of the innermost.
        let mut outer: Vec<&Range<usize>> = self.loops.first().into_iter().collect();
        outer.extend(self.loops.last().filter(|_| self.loops.len() > 1));
        for around in outer {
            let Some((line, indent)) = place.line_start(around.start) else { continue };
            // An attribute of the loop, as `cfg`, would not be the variable's.
            if place.text[around.start..].starts_with('#') {
                continue;
            }
            let end = place.line_end();
            let first = format!("{indent}let mut {name}{ty} = {empty};{end}");
            // One below the other, where the `let` has a line of its own.
            let own = place.line_start(own.start);
            let between = own.map_or_else(|| " ".to_owned(), |(_, own)| format!("{end}{own}"));
            let again = place.replace(local, again.join(between.as_str()));
            self.found.push(vec![Splice::insert(line, first), again]);
        }
    }

    fn within_loop(&mut self, part: &impl Spanned, walk: impl FnOnce(&mut Self)) {
        self.loops.push(self.place.range(part));
        walk(self);
        self.loops.pop();
    }
}

impl<'a> Visit<'a> for Walk<'_, '_> {
    fn visit_block(&mut self, block: &'a syn::Block) {
        self.blocks.push(self.place.range(block).end);
        visit::visit_block(self, block);
        self.blocks.pop();
    }

    fn visit_stmt(&mut self, stmt: &'a syn::Stmt) {
        match stmt {
            syn::Stmt::Local(local) if !self.loops.is_empty() => {
                self.variable(local);
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
    fn visit_expr_const(&mut self, _: &'a syn::ExprConst) {}
    fn visit_item(&mut self, _: &'a syn::Item) {}
}

/// How a buffer begins.
struct Made {
    /// It before the loop: nothing is calculated there, which may fail where no round would run.
    empty: String,
    /// The call that makes the cleared buffer what each round begins with.
    refill: Option<String>,
}

fn made(place: &Place<'_>, ty: Option<&syn::Type>, value: &syn::Expr) -> Option<Made> {
    match value {
        syn::Expr::Call(call) => {
            let syn::Expr::Path(path) = &*call.func else { return None };
            let mut names = path.path.segments.iter().rev();
            let (method, of) = (names.next()?, names.next()?);
            let makes = method.ident.to_string();
            let is_empty = ["new", "default"].contains(&makes.as_str()) && call.args.is_empty();
            let is_sized = makes == "with_capacity" && call.args.len() == 1;
            if !(is_empty || is_sized) || !call.args.iter().all(is_steady) {
                return None;
            }
            // Values are dropped a round later, which must not be seen.
            let written = made_type(place, &path.path)?;
            let is_known = |ty: &syn::Type| is_buffer(ty) && is_plain(place, ty);
            if !is_known(&written) && !ty.is_some_and(is_known) {
                return None;
            }
            // With a hasher of its own a larger table has another order.
            let is_hashed = of.ident == "HashMap" || of.ident == "HashSet";
            if is_hashed && makes == "default" {
                return None;
            }
            let front = place.of(path).strip_suffix(&makes)?;
            let empty = if is_sized { format!("{front}new()") } else { place.of(value).to_owned() };
            let refill = call.args.first().filter(|_| is_sized);
            let refill = refill.map(|size| format!("reserve({})", place.of(size)));
            Some(Made { empty, refill })
        }
        syn::Expr::Macro(made)
            if made.mac.path.is_ident("vec") && is_of_std(place, &made.mac.path) =>
        {
            let tokens = &made.mac.tokens;
            let empty = "Vec::new()".to_owned();
            if tokens.is_empty() {
                let is_known = ty.is_some_and(|ty| is_buffer(ty) && is_plain(place, ty));
                return is_known.then_some(Made { empty: "vec![]".to_owned(), refill: None });
            }
            let text = &place.text[place.range(tokens)];
            let (element, length) = text.split_once(';')?;
            let steady = syn::parse_str::<syn::Expr>(length).ok().filter(is_steady);
            let literal = syn::parse_str::<syn::Expr>(element).ok()?;
            let (element, length) = (element.trim(), length.trim());
            (steady.is_some() && matches!(literal, syn::Expr::Lit(_)))
                .then(|| Made { empty, refill: Some(format!("resize({length}, {element})")) })
        }
        _ => None,
    }
}

/// The type that a path to a function of it names.
fn made_type(place: &Place<'_>, path: &syn::Path) -> Option<syn::Type> {
    let text = place.of(path);
    let end = text.rfind("::")?;
    let ty: syn::Type = syn::parse_str(&text[..end]).ok()?;
    let syn::Type::Path(own) = &ty else { return None };
    is_of_std(place, &own.path).then_some(ty)
}

fn is_buffer(ty: &syn::Type) -> bool {
    let syn::Type::Path(path) = ty else { return false };
    path.path.segments.last().is_some_and(|last| CLEARED.iter().any(|name| last.ident == name))
}

/// Whether an expression is the same in each round: a literal, a constant or a calculation of such.
pub(super) fn is_steady(expr: &syn::Expr) -> bool {
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
