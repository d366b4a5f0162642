//! What of a source file can be annotated: read by `syn`, told in bytes and lines of the text as it
//! is. Nothing here prints code anew.

pub(super) mod calls;
mod gaps;
mod texts;

use self::calls::Calls;
use self::gaps::Gaps;
use std::ops::Range;
use std::path::Path;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// What stands before a function that is counted. The path is said, since the package need not
/// depend on memopt.
pub(crate) const ATTRIBUTE: &str = " #[::memopt::track_alloc(crate = ::memopt, may_rest)] ";

/// A function with a body that can carry an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    /// Modules, type and name within the file: `pool::Pool::take`.
    pub(crate) path: String,
    /// How many modules of the file are around it.
    pub(crate) depth: usize,
    /// Its lines, the first of its attributes and its closing brace among them; from 1.
    pub(crate) lines: Range<usize>,
    /// Where an attribute goes.
    pub(crate) at: usize,
    /// What its body calls.
    pub(crate) calls: Calls,
}

/// A `#[global_allocator]` whose type is not memopt's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Allocator {
    pub(crate) ty: Range<usize>,
    pub(crate) value: Range<usize>,
}

/// What a file has.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// In the order of the text.
    pub(crate) functions: Vec<Function>,
    /// Paths of functions that can carry none, and what they call; functions of a trait's
    /// implementations also by the trait: `Shape::area`.
    pub(crate) others: Vec<(String, Calls)>,
    pub(crate) allocators: Vec<Allocator>,
    /// There is a `#[global_allocator]` in it, of whatever type, whatever the target and features.
    pub(crate) has_allocator: bool,
    /// Conditions (`cfg`) under which there is one.
    pub(crate) allocator_cfgs: Vec<String>,
    /// The names of Rust files that are read as text: `include_str!("main.rs")`.
    pub(crate) included: Vec<Range<usize>>,
    /// Where the text's first lines end that must stay first (a byte order mark, `#!`).
    pub(crate) is_root_free: bool,
}

impl Source {
    /// Reads a file. `None` where it is no list of items: a part that is included, or no Rust.
    pub(crate) fn read(text: &str) -> Option<Self> {
        // Spans of earlier files are let go.
        proc_macro2::extra::invalidate_current_thread_spans();
        let body = parsed_part(text);
        let shift = text.len() - body.len();
        let lines_before = text[..shift].matches('\n').count();
        let tokens: proc_macro2::TokenStream = body.parse().ok()?;
        let gaps = Gaps::of(body, tokens.clone());
        let mut included = Vec::new();
        texts::included(tokens.clone(), &mut included);
        let file: syn::File = syn::parse2(tokens).ok()?;
        let mut walk = Walk { body: body.to_owned(), gaps, shift, lines_before, ..Walk::default() };
        walk.visit_file(&file);
        let mut found = walk.found;
        found.functions.sort_by_key(|function| function.at);
        found.is_root_free = shift == 0;
        found.included = included.into_iter().map(|at| at.start + shift..at.end + shift).collect();
        Some(found)
    }

    /// Paths of all functions and what they call.
    pub(crate) fn calls(&self) -> impl Iterator<Item = (&str, &Calls)> {
        let own = self.functions.iter().map(|function| (function.path.as_str(), &function.calls));
        own.chain(self.others.iter().map(|(path, calls)| (path.as_str(), calls)))
    }

    /// The text with an attribute at each function that `chosen` holds for, and the global
    /// allocator wrapped if `wraps` says so. Rust files that are read as text are those in
    /// `folder`, where the file is. Lines stay lines.
    pub(crate) fn annotated(
        &self,
        text: &str,
        mut chosen: impl FnMut(&Function) -> bool,
        wraps: bool,
        folder: &Path,
    ) -> String {
        let folder = format!("{}/", folder.display()).replace('\\', "/").replace('"', "\\\"");
        let mut inserts: Vec<(usize, &str)> = Vec::new();
        inserts.extend(self.included.iter().map(|name| (name.start + 1, folder.as_str())));
        for function in &self.functions {
            if chosen(function) {
                inserts.push((function.at, ATTRIBUTE));
            }
        }
        for allocator in self.allocators.iter().filter(|_| wraps) {
            inserts.push((allocator.ty.start, "::memopt::Alloc<"));
            inserts.push((allocator.ty.end, ">"));
            inserts.push((allocator.value.start, "::memopt::Alloc::new("));
            inserts.push((allocator.value.end, ")"));
        }
        inserts.sort_by_key(|(at, _)| *at);
        let mut written = String::with_capacity(text.len() + 32 * inserts.len());
        let mut from = 0;
        for (at, what) in inserts {
            written.push_str(&text[from..at]);
            written.push_str(what);
            from = at;
        }
        written.push_str(&text[from..]);
        written
    }
}

/// The text behind a byte order mark and a line `#!`, which `syn` does not read as code.
pub(crate) fn parsed_part(text: &str) -> &str {
    syn_shebang(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The text after a `#!` line, which is no attribute.
fn syn_shebang(text: &str) -> &str {
    let is_shebang = text.starts_with("#!") && !text[2..].trim_start().starts_with('[');
    if is_shebang { text.find('\n').map_or("", |end| &text[end..]) } else { text }
}

#[derive(Default)]
struct Walk {
    found: Source,
    gaps: Gaps,
    body: String,
    shift: usize,
    lines_before: usize,
    path: Vec<String>,
    /// The type that functions around belong to.
    owner: Option<String>,
    /// The trait that they implement.
    of_trait: Option<String>,
    depth: usize,
    /// Conditions of the modules around, which are those of what is in them too.
    cfgs: Vec<String>,
}

/// What stands for a function of whatever kind.
struct Parts<'a> {
    attrs: &'a [syn::Attribute],
    start: proc_macro2::Span,
    sig: &'a syn::Signature,
    block: &'a syn::Block,
}

impl Walk {
    fn function(&mut self, parts: &Parts<'_>) {
        let name = parts.sig.ident.to_string();
        let mut path = self.path.join("::");
        if !path.is_empty() {
            path.push_str("::");
        }
        path.push_str(&name);
        let stays_plain = must_stay_plain(parts.attrs, parts.sig);
        let calls = match parts.sig.constness {
            // What may run in the compiler allocates nothing.
            Some(_) => Calls::default(),
            None if stays_plain => Calls::unknown(),
            None => calls::of(parts.block, self.owner.as_deref()),
        };
        if let Some(of_trait) = &self.of_trait {
            self.found.others.push((format!("{of_trait}::{name}"), calls.clone()));
        }
        if stays_plain {
            self.found.others.push((path, calls));
        } else {
            let first = parts.attrs.iter().find(|attr| matches!(attr.style, syn::AttrStyle::Outer));
            let first = first.map_or(parts.start, |attr| attr.pound_token.span());
            let start = first.byte_range().start.min(parts.start.byte_range().start);
            let end = parts.block.brace_token.span.close().end().line;
            let begins = first.start().line.min(parts.start.start().line);
            self.found.functions.push(Function {
                path,
                depth: self.depth,
                lines: begins + self.lines_before..end + self.lines_before + 1,
                at: self.gaps.place(&self.body, start) + self.shift,
                calls,
            });
        }
        let (owner, of_trait) = (self.owner.take(), self.of_trait.take());
        self.within(name, |walk| visit::visit_block(walk, parts.block));
        (self.owner, self.of_trait) = (owner, of_trait);
    }

    /// What belongs to a type or trait.
    fn within_type(&mut self, name: String, walk: impl FnOnce(&mut Self)) {
        let around = self.owner.replace(name.clone());
        self.within(name, walk);
        self.owner = around;
    }

    fn within(&mut self, name: String, walk: impl FnOnce(&mut Self)) {
        self.path.push(name);
        walk(self);
        self.path.pop();
    }
}

impl<'a> Visit<'a> for Walk {
    fn visit_item_fn(&mut self, item: &'a syn::ItemFn) {
        let start = first_span(&item.vis, &item.sig);
        let (attrs, sig) = (&item.attrs, &item.sig);
        self.function(&Parts { attrs, start, sig, block: &item.block });
    }

    fn visit_impl_item_fn(&mut self, item: &'a syn::ImplItemFn) {
        let mut start = first_span(&item.vis, &item.sig);
        if let Some(token) = &item.modifiers.defaultness {
            start = earlier(start, token.span());
        }
        let (attrs, sig) = (&item.attrs, &item.sig);
        self.function(&Parts { attrs, start, sig, block: &item.block });
    }

    fn visit_trait_item_fn(&mut self, item: &'a syn::TraitItemFn) {
        if let Some(block) = &item.default {
            let start = first_token(&item.sig);
            self.function(&Parts { attrs: &item.attrs, start, sig: &item.sig, block });
        }
    }

    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        self.depth += 1;
        let known = self.cfgs.len();
        self.cfgs.extend(conditions(&item.attrs));
        self.within(item.ident.to_string(), |walk| visit::visit_item_mod(walk, item));
        self.cfgs.truncate(known);
        self.depth -= 1;
    }

    fn visit_item_trait(&mut self, item: &'a syn::ItemTrait) {
        if !item.attrs.iter().any(is_of_memopt) {
            self.within_type(item.ident.to_string(), |walk| visit::visit_item_trait(walk, item));
        }
    }

    fn visit_item_impl(&mut self, item: &'a syn::ItemImpl) {
        // An allocator that is counted would count itself.
        let of_allocator = item.trait_.as_ref().is_some_and(|implemented| {
            let last = implemented.0.segments.last();
            last.is_some_and(|last| last.ident == "GlobalAlloc" || last.ident == "Allocator")
        });
        if !of_allocator && !item.attrs.iter().any(is_of_memopt) {
            let name = type_name(&item.self_ty);
            let last = item.trait_.as_ref().and_then(|implemented| implemented.0.segments.last());
            self.of_trait = last.map(|last| last.ident.to_string());
            self.within_type(name, |walk| visit::visit_item_impl(walk, item));
            self.of_trait = None;
        }
    }

    fn visit_item_static(&mut self, item: &'a syn::ItemStatic) {
        if let Some(condition) = allocator_condition(&self.cfgs, &item.attrs) {
            self.found.has_allocator |= condition.is_empty();
            if !condition.is_empty() {
                self.found.allocator_cfgs.push(condition);
            }
            let shift = self.shift;
            let range = |span: proc_macro2::Span| {
                let range = span.byte_range();
                range.start + shift..range.end + shift
            };
            if !names_memopt(&item.ty) {
                let (ty, value) = (range(item.ty.span()), range(item.expr.span()));
                self.found.allocators.push(Allocator { ty, value });
            }
        }
        visit::visit_item_static(self, item);
    }

    // Patterns, types and constants have functions only in blocks, which are const.
    fn visit_type(&mut self, _: &'a syn::Type) {}
    fn visit_pat(&mut self, _: &'a syn::Pat) {}
    fn visit_attribute(&mut self, _: &'a syn::Attribute) {}
}

/// What `cfg` says in attributes.
fn conditions(attrs: &[syn::Attribute]) -> impl Iterator<Item = String> {
    attrs.iter().filter(|attr| attr.path().is_ident("cfg")).filter_map(list)
}

/// What stands in the parentheses of an attribute.
fn list(attr: &syn::Attribute) -> Option<String> {
    Some(attr.meta.require_list().ok()?.tokens.to_string())
}

/// The condition under which attributes make a static the global allocator, in modules with
/// conditions: an empty one where it always is.
fn allocator_condition(around: &[String], attrs: &[syn::Attribute]) -> Option<String> {
    let named = |name: &'static str| attrs.iter().filter(move |attr| attr.path().is_ident(name));
    let mut conditions: Vec<String> = around.iter().cloned().chain(conditions(attrs)).collect();
    let under = named("cfg_attr").filter_map(list).find_map(|text| {
        let (condition, rest) = text.rsplit_once(',')?;
        (rest.trim() == "global_allocator").then(|| condition.trim().to_owned())
    });
    if under.is_none() && named("global_allocator").next().is_none() {
        return None;
    }
    conditions.extend(under);
    let all = conditions.join(", ");
    Some(if all.is_empty() { all } else { format!("all({all})") })
}

fn must_stay_plain(attrs: &[syn::Attribute], sig: &syn::Signature) -> bool {
    const PLAIN: [&str; 6] = [
        "naked",
        "proc_macro",
        "proc_macro_attribute",
        "proc_macro_derive",
        "panic_handler",
        "alloc_error_handler",
    ];
    let is_plain = |attr: &syn::Attribute| {
        let wrapped = attr.path().is_ident("unsafe")
            && attr.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "naked");
        wrapped || PLAIN.iter().any(|name| attr.path().is_ident(name)) || is_of_memopt(attr)
    };
    sig.constness.is_some() || sig.variadic.is_some() || attrs.iter().any(is_plain)
}

/// An attribute that counts already. `#[memopt::main]` does not.
fn is_of_memopt(attr: &syn::Attribute) -> bool {
    let path = attr.path();
    let Some(last) = path.segments.last() else { return false };
    let counts = ["track_alloc", "arena", "streamed"].iter().any(|name| last.ident == name);
    counts || (path.segments[0].ident == "memopt" && last.ident != "main" && last.ident != "test")
}

fn names_memopt(ty: &syn::Type) -> bool {
    let syn::Type::Path(ty) = ty else { return false };
    ty.path.segments.iter().any(|part| part.ident == "memopt")
}

fn first_span(vis: &syn::Visibility, sig: &syn::Signature) -> proc_macro2::Span {
    match vis {
        syn::Visibility::Inherited => first_token(sig),
        _ => earlier(first_token(sig), vis.span()),
    }
}

/// The first of the words before `fn`.
fn first_token(sig: &syn::Signature) -> proc_macro2::Span {
    sig.span()
}

fn earlier(one: proc_macro2::Span, other: proc_macro2::Span) -> proc_macro2::Span {
    if other.byte_range().start < one.byte_range().start { other } else { one }
}

/// The last name of a type: `Pool` for `&mut pool::Pool<T>`.
fn type_name(ty: &syn::Type) -> String {
    match ty {
        syn::Type::Path(path) => {
            path.path.segments.last().map_or_else(String::new, |last| last.ident.to_string())
        }
        syn::Type::Reference(reference) => type_name(&reference.elem),
        syn::Type::Slice(slice) => format!("[{}]", type_name(&slice.elem)),
        _ => "_".to_owned(),
    }
}

#[cfg(test)]
mod tests;
