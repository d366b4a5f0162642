//! A buffer that each call makes and drops: taken from a pool of memopt's, where the package
//! depends on it.

use super::place::{Place, Rewrite, bound};
use crate::proof::splice::Splice;
use memopt_report::Remedy;

pub(super) fn rewrites(place: &Place<'_>) -> Vec<Rewrite> {
    let fits = matches!(place.finding.remedy, Some(Remedy::Pool | Remedy::Reuse | Remedy::Hoist));
    let is_marked = |attr: &syn::Attribute| {
        attr.path().segments.last().is_some_and(|last| last.ident == "pooled")
    };
    if !place.crates.memopt || !fits || place.function.attrs.iter().any(is_marked) {
        return Vec::new();
    }
    let first =
        place.function.attrs.iter().find(|attr| {
            attr.path().segments.last().is_some_and(|last| last.ident == "track_alloc")
        });
    let Some((at, indent)) =
        first.and_then(|attr| place.line_start(place.range(attr).start)).or_else(|| {
            let name = place.range(&place.function.sig.ident).start;
            let line = place.text[..name].rfind('\n').map_or(0, |end| end + 1);
            let own = &place.text[line..name];
            place.line_start(line + own.len() - own.trim_start().len())
        })
    else {
        return Vec::new();
    };
    let marked = |local: &syn::Local| -> Option<Rewrite> {
        let (name, _, value) = bound(local)?;
        let syn::Expr::Call(call) = value else { return None };
        let syn::Expr::Path(path) = &*call.func else { return None };
        let of = path.path.segments.iter().rev().nth(1)?;
        let is_buffer = ["Vec", "String"].iter().any(|name| of.ident == name);
        if name.mutability.is_none() || !local.attrs.is_empty() || !is_buffer {
            return None;
        }
        let (line, own) = place.line_start(place.range(local).start)?;
        let end = place.line_end();
        Some(vec![
            Splice::insert(at, format!("{indent}#[memopt::pooled]{end}")),
            Splice::insert(line, format!("{own}#[pool]{end}")),
        ])
    };
    let locals = place.function.block.stmts.iter().filter_map(|stmt| match stmt {
        syn::Stmt::Local(local) => marked(local),
        _ => None,
    });
    locals.collect()
}
