//! What the file says of types: which are std's, and which drop without being noticed. What the
//! file does not say is not known.

use super::place::{Place, has_word};
use proc_macro2::{TokenStream, TokenTree};
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
    let derives =
        |attr: &syn::Attribute| attr.path().is_ident("derive") && has_word(place.of(attr), "Copy");
    let declared = Declared::of(place, name);
    path.segments.len() == 1
        && declared.count == 1
        && declared.attrs.iter().any(|attr| derives(attr))
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

/// Whether no other file sees the private items of this one: it declares no module that lies in a
/// file of its own, and includes none.
pub(super) fn is_alone(place: &Place<'_>) -> bool {
    let mut others = Others(false);
    others.visit_file(place.file);
    !others.0
}

/// Whether files belong to this one.
struct Others(bool);

impl<'a> Visit<'a> for Others {
    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        self.0 |= item.content.is_none();
        visit::visit_item_mod(self, item);
    }

    fn visit_macro(&mut self, made: &'a syn::Macro) {
        let is_include = made.path.segments.last().is_some_and(|last| last.ident == "include");
        // A macro may write a module that is among what it is given, or itself says.
        self.0 |= is_include || declares(made.tokens.clone());
    }
}

/// Whether tokens have a module in them, or a file that is included.
fn declares(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "mod" || word == "include",
        TokenTree::Group(group) => declares(group.stream()),
        _ => false,
    })
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
