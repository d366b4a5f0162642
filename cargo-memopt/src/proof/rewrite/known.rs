//! What the file says of types: where a type is std's, what drops without being noticed, what a
//! name is declared as. What it does not say is not known.

use super::place::{Place, has_word};
use syn::visit::{self, Visit};

/// Types of std that are plain if what they hold is. A shared one is none: its count is seen.
const HOLDERS: [&str; 12] = [
    "BTreeMap",
    "BTreeSet",
    "BinaryHeap",
    "Box",
    "Cow",
    "HashMap",
    "HashSet",
    "Option",
    "Range",
    "Reverse",
    "Vec",
    "VecDeque",
];
/// Types of std that hold nothing but their own bytes.
const VALUES: [&str; 25] = [
    "Duration",
    "Instant",
    "OsStr",
    "OsString",
    "Ordering",
    "Path",
    "PathBuf",
    "String",
    "SystemTime",
    "bool",
    "char",
    "f32",
    "f64",
    "i128",
    "i16",
    "i32",
    "i64",
    "i8",
    "isize",
    "str",
    "u128",
    "u16",
    "u32",
    "u64",
    "u8",
];

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

/// Whether nobody sees when a value of the type is dropped, nor changes it through a reference.
pub(super) fn is_plain(place: &Place<'_>, ty: &syn::Type) -> bool {
    match ty {
        syn::Type::Reference(to) => to.mutability.is_some() || is_plain(place, &to.elem),
        syn::Type::Slice(list) => is_plain(place, &list.elem),
        syn::Type::Array(list) => is_plain(place, &list.elem),
        syn::Type::Paren(inner) => is_plain(place, &inner.elem),
        syn::Type::Tuple(parts) => parts.elems.iter().all(|part| is_plain(place, part)),
        syn::Type::Path(path) if path.qself.is_none() => is_plain_path(place, &path.path),
        _ => false,
    }
}

fn is_plain_path(place: &Place<'_>, path: &syn::Path) -> bool {
    let Some(last) = path.segments.last() else { return false };
    let name = last.ident.to_string();
    if is_copy(place, path) {
        return true;
    }
    if !is_of_std(place, path) {
        return false;
    }
    let is_value = name == "usize" || VALUES.contains(&name.as_str());
    match &last.arguments {
        syn::PathArguments::None => is_value,
        syn::PathArguments::AngleBracketed(args) => {
            HOLDERS.contains(&name.as_str())
                && args.args.iter().all(|arg| match arg {
                    syn::GenericArgument::Type(ty) => is_plain(place, ty),
                    syn::GenericArgument::Lifetime(_) => true,
                    _ => false,
                })
        }
        syn::PathArguments::Parenthesized(_) => false,
    }
}

/// Whether a type is declared in the file, once, and derives `Copy`: such a type has no `Drop`.
fn is_copy(place: &Place<'_>, path: &syn::Path) -> bool {
    let Some(name) = path.get_ident().or_else(|| path.segments.last().map(|last| &last.ident))
    else {
        return false;
    };
    let derives = |attr: &&syn::Attribute| {
        attr.path().is_ident("derive") && has_word(place.of(*attr), "Copy")
    };
    let declared = Declared::of(place, name);
    path.segments.len() == 1
        && declared.count == 1
        && declared.attrs.iter().any(|attr| derives(&attr))
}

/// Whether a path names what std has of this name, as far as the file says.
pub(super) fn is_of_std(place: &Place<'_>, path: &syn::Path) -> bool {
    let std = |ident: &syn::Ident| ["alloc", "core", "std"].iter().any(|name| ident == name);
    let Some(last) = path.segments.last() else { return false };
    if path.segments.len() > 1 {
        return path.segments.first().is_some_and(|first| std(&first.ident));
    }
    let declared = Declared::of(place, &last.ident);
    declared.count == 0 && declared.imports.iter().all(|from| std(from))
}

/// Types, macros and imports of a name, anywhere in the file.
struct Declared<'a> {
    name: &'a syn::Ident,
    count: usize,
    attrs: Vec<&'a syn::Attribute>,
    /// What the paths of its imports begin with.
    imports: Vec<&'a syn::Ident>,
}

impl<'a> Declared<'a> {
    fn of(place: &'a Place<'_>, name: &'a syn::Ident) -> Self {
        let mut declared = Self { name, count: 0, attrs: Vec::new(), imports: Vec::new() };
        declared.visit_file(place.file);
        declared
    }

    fn type_named(&mut self, ident: &syn::Ident, attrs: &'a [syn::Attribute]) {
        if ident == self.name {
            self.count += 1;
            self.attrs.extend(attrs);
        }
    }

    fn import(&mut self, first: Option<&'a syn::Ident>, tree: &'a syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => self.import(first.or(Some(&path.ident)), &path.tree),
            syn::UseTree::Group(all) => {
                for tree in &all.items {
                    self.import(first, tree);
                }
            }
            syn::UseTree::Name(own) if own.ident == *self.name => {
                self.imports.push(first.unwrap_or(&own.ident));
            }
            // Another thing under this name.
            syn::UseTree::Rename(own) if own.rename == *self.name => {
                self.imports.push(&own.rename);
            }
            _ => {}
        }
    }
}

impl<'a> Visit<'a> for Declared<'a> {
    fn visit_item_struct(&mut self, item: &'a syn::ItemStruct) {
        self.type_named(&item.ident, &item.attrs);
    }

    fn visit_item_enum(&mut self, item: &'a syn::ItemEnum) {
        self.type_named(&item.ident, &item.attrs);
    }

    fn visit_item_union(&mut self, item: &'a syn::ItemUnion) {
        self.type_named(&item.ident, &[]);
    }

    fn visit_item_type(&mut self, item: &'a syn::ItemType) {
        self.type_named(&item.ident, &[]);
    }

    fn visit_type_param(&mut self, param: &'a syn::TypeParam) {
        self.type_named(&param.ident, &[]);
    }

    fn visit_item_macro(&mut self, item: &'a syn::ItemMacro) {
        if let Some(name) = &item.ident {
            self.type_named(name, &[]);
        }
    }

    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        self.import(None, &item.tree);
    }
}

/// What a name or a field of `self` is declared as: all types that the file gives one of this
/// name. `None` where it gives one without a type.
pub(super) fn declared_types(place: &Place<'_>, expr: &syn::Expr) -> Option<Vec<syn::Type>> {
    let types = match expr {
        syn::Expr::Paren(paren) => return declared_types(place, &paren.expr),
        syn::Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Deref(_)) => {
            return declared_types(place, &unary.expr);
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
    (!types.is_empty()).then_some(types)
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
            let is_one = |name: &&str| last.is_some_and(|last| last.ident == **name);
            COLLECTIONS.iter().any(|name| is_one(&name)) && is_of_std(place, &path.path)
        }
        _ => false,
    };
    declared_types(place, expr).is_some_and(|types| types.iter().all(|ty| own(referred(ty))))
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
    declared_types(place, expr).is_some_and(|types| types.iter().all(|ty| own(referred(ty))))
}
