//! What the file declares a name as: a parameter, a `let`, or a field of the method's own type.

use super::known::is_of_std;
use super::place::Place;
use syn::visit::{self, Visit};

/// Collections of std, as long as they have elements.
const COLLECTIONS: [&str; 9] = [
    "BTreeMap",
    "BTreeSet",
    "BinaryHeap",
    "HashMap",
    "HashSet",
    "String",
    "Vec",
    "VecDeque",
    "str",
];

/// What a name or a field of `self` is declared as: all types that the file gives one of this
/// name. `None` where it gives one without a type.
pub(super) fn types(place: &Place<'_>, expr: &syn::Expr) -> Option<Vec<syn::Type>> {
    let found = match expr {
        syn::Expr::Paren(paren) => return types(place, &paren.expr),
        syn::Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Deref(_)) => {
            return types(place, &unary.expr);
        }
        syn::Expr::Path(path) => {
            let mut names = Names::of(place, path.path.get_ident()?);
            names.visit_signature(place.function.sig);
            names.visit_block(place.function.block);
            (names.bound == names.types.len()).then_some(names.types)?
        }
        syn::Expr::Field(field) => {
            let syn::Expr::Path(base) = &*field.base else { return None };
            let syn::Member::Named(name) = &field.member else { return None };
            if !base.path.is_ident("self") {
                return None;
            }
            let mut names = Names::of(place, name);
            names.visit_file(place.file);
            names.fields
        }
        _ => return None,
    };
    (!found.is_empty()).then_some(found)
}

/// Declarations of one name.
struct Names<'a> {
    place: &'a Place<'a>,
    name: &'a syn::Ident,
    /// Patterns that bind it.
    bound: usize,
    /// The types of those patterns that have one.
    types: Vec<syn::Type>,
    fields: Vec<syn::Type>,
}

impl<'a> Names<'a> {
    fn of(place: &'a Place<'a>, name: &'a syn::Ident) -> Self {
        Self { place, name, bound: 0, types: Vec::new(), fields: Vec::new() }
    }
}

impl<'a> Visit<'a> for Names<'_> {
    fn visit_pat_ident(&mut self, pat: &'a syn::PatIdent) {
        self.bound += usize::from(pat.ident == *self.name);
        visit::visit_pat_ident(self, pat);
    }

    fn visit_pat_type(&mut self, typed: &'a syn::PatType) {
        if matches!(&*typed.pat, syn::Pat::Ident(pat) if pat.ident == *self.name) {
            self.types.extend(syn::parse_str::<syn::Type>(self.place.of(&typed.ty)));
        }
        visit::visit_pat_type(self, typed);
    }

    fn visit_local(&mut self, local: &'a syn::Local) {
        if let syn::Pat::Ident(pat) = &local.pat
            && pat.ident == *self.name
            && let Some(init) = &local.init
        {
            self.types.extend(made(&init.expr));
        }
        visit::visit_local(self, local);
    }

    fn visit_item_struct(&mut self, item: &'a syn::ItemStruct) {
        let is_owner = matches!(self.place.function.owner, Some(syn::Type::Path(owner))
            if owner.path.segments.last().is_some_and(|last| last.ident == item.ident));
        if is_owner {
            visit::visit_item_struct(self, item);
        }
    }

    fn visit_item_enum(&mut self, _: &'a syn::ItemEnum) {}
    fn visit_item_union(&mut self, _: &'a syn::ItemUnion) {}

    fn visit_field(&mut self, field: &'a syn::Field) {
        if field.ident.as_ref() == Some(self.name) {
            self.fields.extend(syn::parse_str::<syn::Type>(self.place.of(&field.ty)));
        }
    }
}

/// The type of what an expression makes, where it says so.
fn made(expr: &syn::Expr) -> Option<syn::Type> {
    let text = "String";
    match expr {
        syn::Expr::Call(call) => {
            let syn::Expr::Path(path) = &*call.func else { return None };
            let mut names = path.path.segments.iter().rev();
            let (method, of) = (names.next()?, names.next()?);
            let makes = ["default", "from", "new", "with_capacity"];
            let is_text = of.ident == text && makes.iter().any(|name| method.ident == name);
            is_text.then(|| syn::parse_str(text).ok())?
        }
        syn::Expr::Macro(made) if made.mac.path.is_ident("format") => syn::parse_str(text).ok(),
        _ => None,
    }
}

/// Whether a name or a field of `self` is a collection that has all its elements.
pub(super) fn is_collection(place: &Place<'_>, expr: &syn::Expr) -> bool {
    let own = |ty: &syn::Type| match ty {
        syn::Type::Slice(_) | syn::Type::Array(_) => true,
        syn::Type::Path(path) => {
            let last = path.path.segments.last();
            let is_one = |name: &&str| last.is_some_and(|last| last.ident == *name);
            COLLECTIONS.iter().any(is_one) && is_of_std(place, &path.path)
        }
        _ => false,
    };
    types(place, expr).is_some_and(|types| types.iter().all(|ty| own(referred(ty))))
}

/// What a type is a reference to, or it.
fn referred(ty: &syn::Type) -> &syn::Type {
    match ty {
        syn::Type::Reference(to) => &to.elem,
        ty => ty,
    }
}

/// Whether a name or a field of `self` is a `String` of std's, or a reference to one.
pub(super) fn is_text(place: &Place<'_>, expr: &syn::Expr) -> bool {
    let own = |ty: &syn::Type| match ty {
        syn::Type::Path(path) => {
            path.path.segments.last().is_some_and(|last| last.ident == "String")
                && is_of_std(place, &path.path)
        }
        _ => false,
    };
    types(place, expr).is_some_and(|types| types.iter().all(|ty| own(referred(ty))))
}
