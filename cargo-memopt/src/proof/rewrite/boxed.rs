//! A text or a list in a field that never grows once it is made: kept without room to grow, as
//! `Box<str>` or `Box<[T]>`.
//!
//! What grows such a field does not compile with the box. What compiles and means something else is
//! looked for here: each use of a field of this name, in the whole file. Where other files may use
//! it too, as those of modules below, there is no edit.

use super::known::{is_alone, is_of_std};
use super::look_up::copied;
use super::place::{Place, Rewrite, has_word};
use super::variant::{LAYOUT, are_plain};
use crate::proof::splice::Splice;
use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeSet;
use syn::visit::{self, Visit};

/// Methods of `str` that mean the same to a `String`; none gives the owner.
const OF_TEXTS: [&str; 31] = [
    "as_bytes",
    "bytes",
    "char_indices",
    "chars",
    "cmp",
    "contains",
    "ends_with",
    "eq_ignore_ascii_case",
    "find",
    "get",
    "is_char_boundary",
    "is_empty",
    "len",
    "lines",
    "matches",
    "parse",
    "repeat",
    "rfind",
    "rsplit",
    "split",
    "split_at",
    "split_once",
    "split_whitespace",
    "starts_with",
    "strip_prefix",
    "strip_suffix",
    "to_lowercase",
    "to_string",
    "to_uppercase",
    "trim",
    "trim_end",
];
/// .. and of slices.
const OF_LISTS: [&str; 21] = [
    "binary_search",
    "chunks",
    "concat",
    "contains",
    "ends_with",
    "first",
    "get",
    "is_empty",
    "iter",
    "iter_mut",
    "join",
    "last",
    "len",
    "reverse",
    "sort",
    "sort_by",
    "sort_unstable",
    "split_at",
    "starts_with",
    "swap",
    "windows",
];
/// What gives the slice itself, which a box is without a call.
const AS_SLICE: [&str; 2] = ["as_slice", "as_str"];
/// Calls whose type follows from the field: they make the box too.
const FOLLOWS: [&str; 3] = ["collect", "default", "into"];
/// Macros of std that read by reference.
const READS: [&str; 14] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "eprint",
    "eprintln",
    "format",
    "format_args",
    "panic",
    "print",
    "println",
    "write",
    "writeln",
];

pub(super) fn rewrites(place: &Place<'_>) -> Vec<Rewrite> {
    if LAYOUT.iter().any(|word| has_word(place.text, word)) || !is_alone(place) {
        return Vec::new();
    }
    let mut made = Made(BTreeSet::new());
    made.visit_block(place.function.block);
    let mut found = Vec::new();
    for item in structs(place.file) {
        let owner = match place.function.owner {
            Some(syn::Type::Path(path)) => path.path.segments.last(),
            _ => None,
        };
        let is_self = made.0.contains("Self") && owner.is_some_and(|own| own.ident == item.ident);
        if !(is_self || made.0.contains(&item.ident.to_string())) || !are_plain(&item.attrs) {
            continue;
        }
        for field in &item.fields {
            // Without a text in between, where that compiles, and with one.
            for is_direct in [true, false] {
                let way = of_field(place, item, field, is_direct);
                found.extend(way.filter(|way| found.last() != Some(way)));
            }
        }
    }
    found
}

/// The structs of a file, but those in functions.
fn structs(file: &syn::File) -> Vec<&syn::ItemStruct> {
    let mut all = Vec::new();
    let mut items: Vec<&syn::Item> = file.items.iter().collect();
    while let Some(item) = items.pop() {
        match item {
            syn::Item::Struct(item) => all.push(item),
            syn::Item::Mod(inner) => items.extend(inner.content.iter().flat_map(|(_, own)| own)),
            _ => {}
        }
    }
    all
}

/// Structs that a function makes, by name.
struct Made(BTreeSet<String>);

impl<'a> Visit<'a> for Made {
    fn visit_expr_struct(&mut self, made: &'a syn::ExprStruct) {
        self.0.extend(made.path.segments.last().map(|last| last.ident.to_string()));
        visit::visit_expr_struct(self, made);
    }
}

fn of_field(
    place: &Place<'_>,
    item: &syn::ItemStruct,
    field: &syn::Field,
    is_direct: bool,
) -> Option<Rewrite> {
    let name = field.ident.as_ref()?;
    let is_own = |vis: &syn::Visibility| matches!(vis, syn::Visibility::Inherited);
    if !(is_own(&item.vis) || is_own(&field.vis))
        || !field.attrs.iter().all(|attr| attr.path().is_ident("doc"))
    {
        return None;
    }
    let syn::Type::Path(ty) = &field.ty else { return None };
    let last = ty.path.segments.last().filter(|_| is_of_std(place, &ty.path))?;
    let (boxed, ending, methods) = match (last.ident.to_string().as_str(), &last.arguments) {
        ("String", syn::PathArguments::None) => {
            ("Box<str>".to_owned(), "into_boxed_str", &OF_TEXTS[..])
        }
        ("Vec", syn::PathArguments::AngleBracketed(args)) if args.args.len() == 1 => {
            let element = place.of(args.args.first()?);
            (format!("Box<[{element}]>"), "into_boxed_slice", &OF_LISTS[..])
        }
        _ => return None,
    };
    if !is_of_std(place, &syn::parse_quote!(Box)) {
        return None;
    }
    let declared = place.replace(&field.ty, boxed);
    let mut uses = Uses {
        place,
        item: &item.ident,
        name,
        methods,
        ending,
        is_direct,
        is_within: false,
        is_known: true,
        found: vec![declared],
    };
    uses.visit_file(place.file);
    uses.is_known.then_some(uses.found)
}

/// All uses of a field.
struct Uses<'a, 'b> {
    place: &'a Place<'b>,
    item: &'a syn::Ident,
    name: &'a syn::Ident,
    methods: &'a [&'a str],
    /// What makes the box of a value.
    ending: &'a str,
    /// What is copied is copied into a box.
    is_direct: bool,
    /// In an `impl` of the struct, where `Self` is its name too.
    is_within: bool,
    /// Each use so far means the same of a box.
    is_known: bool,
    found: Vec<Splice>,
}

impl Uses<'_, '_> {
    fn is_field(&self, expr: &syn::Expr) -> bool {
        let syn::Expr::Field(field) = expr else { return false };
        matches!(&field.member, syn::Member::Named(name) if name == self.name)
    }

    /// Looks at what is around a field, and not at the field itself.
    fn around(&mut self, expr: &syn::Expr) {
        if let syn::Expr::Field(field) = expr {
            self.visit_expr(&field.base);
        }
    }

    fn names(&self, path: &syn::Path) -> bool {
        let last = path.segments.last();
        last.is_some_and(|last| {
            last.ident == *self.item || (self.is_within && last.ident == "Self")
        })
    }

    /// The value that a struct is made with, as a box.
    fn boxed(&mut self, made: &syn::FieldValue) {
        let (place, value, ending) = (self.place, &made.expr, self.ending);
        if made.colon_token.is_none() {
            let name = self.name;
            self.found.push(place.replace(made, format!("{name}: {name}.{ending}()")));
            return;
        }
        if let Some(copied) = copied(value).filter(|_| self.is_direct) {
            let text = format!("Box::from({})", place.of(copied));
            self.found.push(place.replace(value, text));
            return;
        }
        let follows = |name: &syn::Ident| FOLLOWS.iter().any(|known| name == known);
        let is_made = match value {
            syn::Expr::MethodCall(call) => call.turbofish.is_none() && follows(&call.method),
            syn::Expr::Call(call) => match &*call.func {
                // `Default::default()`, and not `String::default()`.
                syn::Expr::Path(path) => {
                    let mut names = path.path.segments.iter().rev();
                    names.next().is_some_and(|last| follows(&last.ident))
                        && names.next().is_some_and(|of| of.ident == "Default")
                }
                _ => false,
            },
            _ => false,
        };
        if !is_made {
            let is_closed = matches!(
                value,
                syn::Expr::Call(_)
                    | syn::Expr::Macro(_)
                    | syn::Expr::MethodCall(_)
                    | syn::Expr::Path(_)
                    | syn::Expr::Paren(_)
            );
            let text = place.of(value);
            let after = if is_closed {
                format!("{text}.{ending}()")
            } else {
                format!("({text}).{ending}()")
            };
            self.found.push(place.replace(value, after));
        }
    }
}

impl<'a> Visit<'a> for Uses<'_, '_> {
    fn visit_item_impl(&mut self, item: &'a syn::ItemImpl) {
        let last = |ty: &'a syn::Type| match ty {
            syn::Type::Path(path) => path.path.segments.last(),
            _ => None,
        };
        let of = last(&item.self_ty);
        // A trait of the user's may do something else for a text of its own.
        let foreign = ["Box", "String", "Vec", "str"];
        let is_foreign = of.is_none_or(|of| foreign.iter().any(|name| of.ident == name));
        self.is_known &= item.trait_.is_none() || !is_foreign;
        let before = self.is_within;
        self.is_within = of.is_some_and(|of| of.ident == *self.item);
        visit::visit_item_impl(self, item);
        self.is_within = before;
    }

    fn visit_expr(&mut self, expr: &'a syn::Expr) {
        match expr {
            syn::Expr::MethodCall(call) if self.is_field(&call.receiver) => {
                let of = |names: &[&str]| names.iter().any(|name| call.method == name);
                if of(&AS_SLICE) && call.args.is_empty() {
                    let text = format!("&*{}", self.place.of(&call.receiver));
                    self.found.push(self.place.replace(expr, text));
                } else {
                    self.is_known &= of(self.methods);
                }
                self.around(&call.receiver);
                call.args.iter().for_each(|arg| self.visit_expr(arg));
            }
            // A method of the slice: of the box it is the same without the call.
            syn::Expr::MethodCall(call)
                if matches!(&*call.receiver, syn::Expr::MethodCall(inner)
                    if self.is_field(&inner.receiver) && inner.args.is_empty()
                        && AS_SLICE.iter().any(|name| inner.method == name)) =>
            {
                let syn::Expr::MethodCall(inner) = &*call.receiver else { return };
                self.is_known &= self.methods.iter().any(|name| call.method == name);
                let text = self.place.of(&inner.receiver).to_owned();
                self.found.push(self.place.replace(&call.receiver, text));
                self.around(&inner.receiver);
                call.args.iter().for_each(|arg| self.visit_expr(arg));
            }
            syn::Expr::Reference(to) if self.is_field(&to.expr) => {
                self.is_known &= to.mutability.is_none();
                self.around(&to.expr);
            }
            syn::Expr::Index(at) if self.is_field(&at.expr) => {
                self.around(&at.expr);
                self.visit_expr(&at.index);
            }
            syn::Expr::Binary(both)
                if matches!(
                    both.op,
                    syn::BinOp::Eq(_)
                        | syn::BinOp::Ne(_)
                        | syn::BinOp::Lt(_)
                        | syn::BinOp::Le(_)
                        | syn::BinOp::Gt(_)
                        | syn::BinOp::Ge(_)
                ) =>
            {
                for side in [&*both.left, &*both.right] {
                    if self.is_field(side) { self.around(side) } else { self.visit_expr(side) }
                }
            }
            _ if self.is_field(expr) => self.is_known = false,
            _ => visit::visit_expr(self, expr),
        }
    }

    fn visit_expr_struct(&mut self, made: &'a syn::ExprStruct) {
        for field in &made.fields {
            let is_it = matches!(&field.member, syn::Member::Named(name) if name == self.name);
            if is_it && self.names(&made.path) {
                // A value that itself uses the field would be changed twice.
                let before = self.found.len();
                self.visit_expr(&field.expr);
                self.is_known &= self.found.len() == before && field.attrs.is_empty();
                self.boxed(field);
            } else {
                self.visit_expr(&field.expr);
            }
        }
        if let Some(rest) = &made.rest {
            self.visit_expr(rest);
        }
    }

    // A name that the field is bound to may be used in any way.
    fn visit_pat_struct(&mut self, pat: &'a syn::PatStruct) {
        let own = self.name;
        let is_it = |field: &syn::FieldPat| {
            let syn::Member::Named(name) = &field.member else { return false };
            name == own
        };
        self.is_known &= !(self.names(&pat.path) && pat.fields.iter().any(is_it));
        visit::visit_pat_struct(self, pat);
    }

    fn visit_macro(&mut self, made: &'a syn::Macro) {
        let is_reading = made.path.get_ident().is_some_and(|own| {
            READS.iter().any(|name| own == name) && is_of_std(self.place, &made.path)
        });
        self.is_known &= is_reading || !says_field(made.tokens.clone(), self.name);
    }
}

/// Whether tokens have `.name` in them, or the name of the struct's field by itself.
fn says_field(tokens: TokenStream, name: &syn::Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == *name,
        TokenTree::Group(group) => says_field(group.stream(), name),
        _ => false,
    })
}
