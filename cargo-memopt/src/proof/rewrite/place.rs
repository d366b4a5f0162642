//! What a rule reads of a finding: the function's syntax, and the text that it is.

use crate::proof::splice::Splice;
use memopt_report::Finding;
use proc_macro2::{TokenStream, TokenTree};
use std::ops::Range;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// One way to write a function anew.
pub(crate) type Rewrite = Vec<Splice>;

/// Words that read or use the capacity of a buffer.
pub(super) const CAPACITY: [&str; 4] = ["capacity", "chunk_mut", "read_buf", "spare_capacity_mut"];

/// Crates that edits may name, beside std.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Crates {
    /// The package depends on memopt.
    pub(crate) memopt: bool,
    /// It depends on `smallvec`, or may from now on.
    pub(crate) smallvec: bool,
}

/// How large the blocks of a site are, bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sizes {
    /// What buffers that grow grew to, nearly all of them.
    pub(crate) grown: Option<u64>,
    /// Within what nearly all blocks end, where that is small.
    pub(crate) small: Option<u64>,
}

/// What a rule reads.
pub(super) struct Place<'a> {
    pub(super) finding: &'a Finding,
    /// How large the site's blocks are.
    pub(super) sizes: Sizes,
    /// Crates that edits may name.
    pub(super) crates: Crates,
    /// The whole file.
    pub(super) text: &'a str,
    pub(super) file: &'a syn::File,
    pub(super) function: Function<'a>,
    /// Bytes of the text before what was parsed.
    pub(super) shift: usize,
}

/// The function that the finding is about.
#[derive(Clone, Copy)]
pub(super) struct Function<'a> {
    /// The type whose method it is.
    pub(super) owner: Option<&'a syn::Type>,
    pub(super) attrs: &'a [syn::Attribute],
    pub(super) sig: &'a syn::Signature,
    pub(super) block: &'a syn::Block,
}

impl Place<'_> {
    /// The bytes of the text that a part of the syntax is.
    pub(super) fn range(&self, part: &impl Spanned) -> Range<usize> {
        let range = part.span().byte_range();
        range.start + self.shift..range.end + self.shift
    }

    /// The text of a part of the syntax.
    pub(super) fn of(&self, part: &impl Spanned) -> &str {
        &self.text[self.range(part)]
    }

    /// Replaces a part of the syntax.
    pub(super) fn replace(&self, part: &impl Spanned, after: impl Into<String>) -> Splice {
        Splice::replace(self.text, self.range(part), after)
    }

    /// Whether the function's text has one of these words.
    pub(super) fn says(&self, words: &[&str]) -> bool {
        let text = self.of(self.function.block);
        words.iter().any(|word| has_word(text, word))
    }

    /// Where the line begins that a place stands on, and its indent; `None` where something else
    /// stands before the place.
    pub(super) fn line_start(&self, at: usize) -> Option<(usize, &str)> {
        let start = self.text[..at].rfind('\n').map_or(0, |end| end + 1);
        let indent = &self.text[start..at];
        indent.trim().is_empty().then_some((start, indent))
    }

    /// How lines end in the file.
    pub(super) fn line_end(&self) -> &'static str {
        if self.text.contains("\r\n") { "\r\n" } else { "\n" }
    }
}

/// Whether a text has a word, whole.
pub(super) fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(part) && !text[at + word.len()..].starts_with(part))
}

/// The name that a `let` binds, where it binds just one and has a value, and the type it says.
pub(super) fn bound(
    local: &syn::Local,
) -> Option<(&syn::PatIdent, Option<&syn::Type>, &syn::Expr)> {
    let init = local.init.as_ref().filter(|init| init.diverge.is_none())?;
    let (pat, ty) = match &local.pat {
        syn::Pat::Type(typed) => (&*typed.pat, Some(&*typed.ty)),
        pat => (pat, None),
    };
    let syn::Pat::Ident(name) = pat else { return None };
    // `ref mut` binds a reference.
    let is_own = name.by_ref.is_none() && name.subpat.is_none();
    is_own.then_some((name, ty, &init.expr))
}

/// Bytes of a value, where the type is one whose size is the same everywhere, or that of 64 bits.
pub(super) fn element_size(ty: &str) -> Option<u64> {
    Some(match ty {
        "u8" | "i8" | "bool" => 1,
        "u16" | "i16" => 2,
        "u32" | "i32" | "f32" | "char" => 4,
        "u64" | "i64" | "f64" | "usize" | "isize" => 8,
        "u128" | "i128" | "&str" | "&'static str" => 16,
        "String" => 24,
        _ => return None,
    })
}

/// Whether a part of a source has no comment, and no attribute before it: what would be lost, or
/// hold for something else, where the part is replaced.
pub(super) fn is_bare(part: &str) -> bool {
    let Ok(tokens) = part.parse::<TokenStream>() else { return false };
    let mut places = Vec::new();
    leaves(tokens, &mut places);
    let mut from = 0;
    for place in places {
        let Some(gap) = part.get(from..place.start) else { return false };
        // The tokens of a comment that is documentation are all the place of the comment.
        if !gap.trim().is_empty() || part[place.clone()].starts_with(['/']) && place.len() > 1 {
            return false;
        }
        from = place.end;
    }
    part[from..].trim().is_empty() && !part.trim_start().starts_with('#')
}

/// The places of all tokens.
fn leaves(tokens: TokenStream, places: &mut Vec<Range<usize>>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                places.push(group.span_open().byte_range());
                leaves(group.stream(), places);
                places.push(group.span_close().byte_range());
            }
            token => places.push(token.span().byte_range()),
        }
    }
}

/// A name, a field or a literal: to read it twice, or at another moment, does nothing.
pub(super) fn is_plain(expr: &syn::Expr) -> bool {
    match expr {
        syn::Expr::Path(_) | syn::Expr::Lit(_) => true,
        syn::Expr::Field(field) => is_plain(&field.base),
        syn::Expr::Paren(paren) => is_plain(&paren.expr),
        _ => false,
    }
}

/// The function whose name stands on a line of what was parsed.
pub(super) fn function_at(file: &syn::File, line: usize) -> Option<Function<'_>> {
    let mut find = Find { line, owner: None, found: None };
    find.visit_file(file);
    find.found
}

struct Find<'a> {
    line: usize,
    /// What the `impl` around is of.
    owner: Option<&'a syn::Type>,
    found: Option<Function<'a>>,
}

impl<'a> Find<'a> {
    fn look(
        &mut self,
        attrs: &'a [syn::Attribute],
        sig: &'a syn::Signature,
        block: &'a syn::Block,
    ) {
        if sig.ident.span().start().line == self.line {
            self.found = Some(Function { owner: self.owner, attrs, sig, block });
        }
    }
}

impl<'a> Visit<'a> for Find<'a> {
    fn visit_item_impl(&mut self, item: &'a syn::ItemImpl) {
        let around = self.owner.replace(&item.self_ty);
        visit::visit_item_impl(self, item);
        self.owner = around;
    }

    fn visit_item_fn(&mut self, item: &'a syn::ItemFn) {
        self.look(&item.attrs, &item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'a syn::ImplItemFn) {
        self.look(&item.attrs, &item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'a syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.look(&item.attrs, &item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }
}
