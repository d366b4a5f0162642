//! Lists of a few elements that a function makes: kept in place, without a block, by the crate
//! `smallvec`, where the user lets the package depend on it.
//!
//! A `SmallVec` is used as a slice, and grows as a `Vec`. Where a `Vec` itself is asked for, the
//! edit does not compile. It lies on the stack: so the source must say how large an element is, and
//! a function that calls itself has none.

use super::known::is_of_std;
use super::place::{CAPACITY, Place, Rewrite, bound, element_size, is_bare};
use super::variant::LAYOUT;
use crate::proof::splice::Splice;
use syn::visit::{self, Visit};

pub(super) fn rewrites(place: &Place<'_>) -> Vec<Rewrite> {
    let Some(bytes) = place.sizes.small.filter(|_| place.crates.smallvec) else {
        return Vec::new();
    };
    // At each depth there would be one more.
    let is_recursive = place.says(&[place.of(&place.function.sig.ident)]);
    if is_recursive || place.says(&CAPACITY) || place.says(&LAYOUT) {
        return Vec::new();
    }
    let mut walk = Walk { place, bytes, found: Vec::new() };
    walk.visit_block(place.function.block);
    walk.found
}

struct Walk<'a, 'b> {
    place: &'a Place<'b>,
    /// Most lists end within these.
    bytes: u64,
    found: Vec<Rewrite>,
}

impl Walk<'_, '_> {
    fn list(&mut self, local: &syn::Local) -> Option<()> {
        let place = self.place;
        let (name, ty, value) = bound(local)?;
        // What is returned as it is must be a `Vec`.
        let last = place.function.block.stmts.last();
        if let Some(syn::Stmt::Expr(syn::Expr::Path(last), None)) = last
            && last.path.is_ident(&name.ident)
        {
            return None;
        }
        // The type that the `let` says, and else that of what is made.
        let (of, value) = match (ty, made(place, value)?) {
            (Some(ty), value) => (Some(vec_of(place, ty)?), value),
            (None, Made::Named(element, value)) => (element, Made::Named(None, value)),
            (None, Made::Open) => return None,
        };
        let element = of?;
        let number = room_for((self.bytes / known_size(place, &element)?).max(1))?;
        let ty_text = format!("smallvec::SmallVec<[{element}; {number}]>");
        let mut splices: Vec<Splice> = match ty {
            Some(ty) => vec![place.replace(ty, ty_text)],
            None => vec![Splice::insert(place.range(&local.pat).end, format!(": {ty_text}"))],
        };
        if let Made::Named(_, value) = value {
            splices.extend(value);
        }
        self.found.push(splices);
        Some(())
    }
}

impl<'a> Visit<'a> for Walk<'_, '_> {
    fn visit_local(&mut self, local: &'a syn::Local) {
        if local.attrs.is_empty() && is_bare(self.place.of(local)) {
            self.list(local);
        }
        visit::visit_local(self, local);
    }

    fn visit_item(&mut self, _: &'a syn::Item) {}
}

/// Bytes of an element of std's types. A type of the user's may have their name.
fn known_size(place: &Place<'_>, element: &str) -> Option<u64> {
    let is_own = syn::parse_str(element).is_ok_and(|path| !is_of_std(place, &path));
    element_size(element).filter(|_| !is_own)
}

/// The least length of an array that `smallvec` knows, and has so many places: each up to 32, and
/// then 64. There is none above; 36 saves little.
fn room_for(number: u64) -> Option<u64> {
    match number {
        0..=32 => Some(number),
        33..=64 => Some(64),
        _ => None,
    }
}

/// How a list is made.
enum Made {
    /// By what gives the type that is asked for: a `collect()`.
    Open,
    /// By a function of `Vec`: the element that it names, and the same of a `SmallVec`.
    Named(Option<String>, Option<Splice>),
}

fn made(place: &Place<'_>, value: &syn::Expr) -> Option<Made> {
    match value {
        syn::Expr::Call(call) => {
            let syn::Expr::Path(path) = &*call.func else { return None };
            let mut names = path.path.segments.iter().rev();
            let (method, of) = (names.next()?, names.next()?);
            let makes = ["new", "with_capacity"];
            if of.ident != "Vec" || !makes.iter().any(|name| method.ident == name) {
                return None;
            }
            let text = place.of(path);
            let own: syn::Path = syn::parse_str(text.rsplit_once("::")?.0).ok()?;
            let element = match &of.arguments {
                syn::PathArguments::AngleBracketed(args) if args.args.len() == 1 => {
                    Some(place.of(args.args.first()?).to_owned())
                }
                syn::PathArguments::None => None,
                _ => return None,
            };
            let made = place.replace(path, format!("smallvec::SmallVec::{}", method.ident));
            is_of_std(place, &own).then_some(Made::Named(element, Some(made)))
        }
        syn::Expr::Macro(made) if made.mac.path.is_ident("vec") && made.mac.tokens.is_empty() => {
            let empty = place.replace(value, "smallvec::SmallVec::new()");
            is_of_std(place, &made.mac.path).then_some(Made::Named(None, Some(empty)))
        }
        syn::Expr::MethodCall(call) if call.method == "collect" && call.turbofish.is_none() => {
            Some(Made::Open)
        }
        _ => None,
    }
}

/// The element of a type that is a `Vec` of std.
fn vec_of(place: &Place<'_>, ty: &syn::Type) -> Option<String> {
    let syn::Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Vec")?;
    let syn::PathArguments::AngleBracketed(args) = &last.arguments else { return None };
    (args.args.len() == 1 && is_of_std(place, &path.path)).then(|| place.of(&args.args).to_owned())
}

#[cfg(test)]
mod tests {
    use super::room_for;

    #[test]
    fn arrays_have_the_lengths_that_smallvec_knows() {
        assert_eq!(
            [1, 32, 33, 48, 64, 65].map(room_for),
            [Some(1), Some(32), Some(64), Some(64), Some(64), None]
        );
    }
}
