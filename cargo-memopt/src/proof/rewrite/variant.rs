//! An enum with one large variant: what that holds is put into a box.

use super::known::is_alone;
use super::place::{Place, Rewrite, has_word};
use crate::proof::splice::Splice;
use memopt_report::Evidence;
use syn::visit::{self, Visit};

/// Words that read what a type is made of.
pub(super) const LAYOUT: [&str; 9] = [
    "Any",
    "align_of",
    "offset_of",
    "size_of",
    "size_of_val",
    "transmute",
    "type_id",
    "type_name",
    "unsafe",
];
/// Attributes that do not.
const PLAIN: [&str; 7] = ["allow", "deny", "derive", "doc", "expect", "must_use", "warn"];
/// What may be derived: the same for a box.
const DERIVED: [&str; 11] = [
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Deserialize",
    "Eq",
    "Hash",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Serialize",
];

/// Whether attributes read nothing of what a type holds, nor in what layout.
pub(super) fn are_plain(attrs: &[syn::Attribute]) -> bool {
    attrs.iter().all(|attr| {
        let mut plain = PLAIN.iter().any(|name| attr.path().is_ident(name));
        if attr.path().is_ident("derive") {
            let known = attr.parse_nested_meta(|derived| {
                let last = derived.path.segments.last();
                plain &= last.is_some_and(|last| DERIVED.iter().any(|name| last.ident == name));
                Ok(())
            });
            plain &= known.is_ok();
        }
        plain
    })
}

/// Whether the file alone knows what the enum holds, and in what layout.
fn is_own(item: &syn::ItemEnum) -> bool {
    matches!(item.vis, syn::Visibility::Inherited) && are_plain(&item.attrs)
}

pub(super) fn rewrites(place: &Place<'_>) -> Vec<Rewrite> {
    let large = place.finding.evidence.iter().find_map(|fact| match fact {
        Evidence::LargeVariant { type_name, variant, .. } => Some((type_name, variant)),
        _ => None,
    });
    let Some((name, variant)) = large else { return Vec::new() };
    let whole = place.text;
    if LAYOUT.iter().any(|word| has_word(whole, word)) || !is_alone(place) {
        return Vec::new();
    }
    let mut walk =
        Walk { place, name, variant, is_within: false, count: 0, declared: None, made: Vec::new() };
    walk.visit_file(place.file);
    let declared = walk.declared.filter(|_| walk.count == 1);
    declared.map(|declared| walk.made.into_iter().chain([declared]).collect()).into_iter().collect()
}

struct Walk<'a, 'b> {
    place: &'a Place<'b>,
    name: &'a str,
    variant: &'a str,
    /// In an `impl` of the enum, where `Self` is its name too.
    is_within: bool,
    /// Enums of the name.
    count: usize,
    declared: Option<Splice>,
    made: Vec<Splice>,
}

impl Walk<'_, '_> {
    fn names(&self, path: &syn::Path) -> bool {
        let mut names = path.segments.iter().rev();
        let (Some(variant), Some(of)) = (names.next(), names.next()) else { return false };
        variant.ident == self.variant
            && (of.ident == self.name || (self.is_within && of.ident == "Self"))
    }

    fn boxed(&self, value: &syn::Expr) -> Splice {
        self.place.replace(value, format!("Box::new({})", self.place.of(value)))
    }
}

impl<'a> Visit<'a> for Walk<'_, '_> {
    fn visit_item_enum(&mut self, item: &'a syn::ItemEnum) {
        self.count += usize::from(item.ident == self.name);
        let variant = item.variants.iter().find(|variant| variant.ident == self.variant);
        if let (true, Some(variant)) = (item.ident == self.name, variant)
            && variant.fields.len() == 1
            && let Some(field) = variant.fields.iter().next()
            && is_own(item)
            && variant.attrs.iter().chain(&field.attrs).all(|attr| attr.path().is_ident("doc"))
        {
            let ty = &field.ty;
            self.declared = Some(self.place.replace(ty, format!("Box<{}>", self.place.of(ty))));
        }
    }

    fn visit_item_impl(&mut self, item: &'a syn::ItemImpl) {
        let own = &*item.self_ty;
        let before = self.is_within;
        self.is_within = matches!(own, syn::Type::Path(path) if path.path.segments.last()
            .is_some_and(|last| last.ident == self.name));
        visit::visit_item_impl(self, item);
        self.is_within = before;
    }

    fn visit_expr_call(&mut self, call: &'a syn::ExprCall) {
        if let syn::Expr::Path(path) = &*call.func
            && self.names(&path.path)
            && call.args.len() == 1
        {
            self.made.push(self.boxed(&call.args[0]));
        } else {
            visit::visit_expr_call(self, call);
        }
    }

    fn visit_expr_struct(&mut self, made: &'a syn::ExprStruct) {
        if !self.names(&made.path) || made.fields.len() != 1 {
            return visit::visit_expr_struct(self, made);
        }
        let field = &made.fields[0];
        if !field.attrs.is_empty() {
            return;
        }
        if field.colon_token.is_some() {
            self.made.push(self.boxed(&field.expr));
        } else {
            let name = self.place.of(&field.expr);
            self.made.push(self.place.replace(field, format!("{name}: Box::new({name})")));
        }
    }
}
