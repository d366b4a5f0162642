//! A function: what stands before its body, and the body as raw tokens.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt};
use syn::LitStr;

use super::{Attr, scan};
use crate::args::Budget;

/// A function, method or function without body.
pub(crate) struct Func {
    pub(crate) attrs: Vec<Attr>,
    /// `pub`, `pub(crate)` or nothing.
    pub(crate) vis: Vec<TokenTree>,
    /// Everything from the first qualifier to the body, as written: `async unsafe fn f<T>(x: T) -> U where T: V`.
    pub(crate) head: Vec<TokenTree>,
    /// The `const` in the head.
    pub(crate) constness: Option<Span>,
    /// The place of `async` in the head.
    pub(crate) asyncness: Option<usize>,
    pub(crate) name: Ident,
    /// The type behind `->`; empty if there is none.
    pub(crate) output: TokenStream,
    /// The place of that type in the head.
    pub(crate) output_at: usize,
    pub(crate) body: Option<Body>,
    /// What is to be done with it.
    pub(crate) plan: Plan,
}

/// A body, in the order in which it must stay: what is put into it goes behind `items`.
///
/// Inner attributes must come first for rustc. Items at the front stay there because of
/// `clippy::items_after_statements`, which would otherwise blame the user for our statements.
pub(crate) struct Body {
    braces: Group,
    pub(crate) inner_attrs: Vec<TokenTree>,
    pub(crate) items: Vec<TokenTree>,
    pub(crate) statements: Vec<TokenTree>,
}

/// What validation decided for one function.
pub(crate) enum Plan {
    /// Give it back as it is.
    Leave,
    /// Make it a site.
    Track(Spec),
}

/// The site a function becomes.
#[derive(Default)]
pub(crate) struct Spec {
    /// The user's own name for it.
    pub(crate) name: Option<LitStr>,
    pub(crate) budget: Option<Budget>,
    pub(crate) route: Route,
    /// The optimizer leaves it alone.
    pub(crate) no_apply: bool,
}

/// Where the blocks of a function come from.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Route {
    /// From the allocator.
    #[default]
    Plain,
    /// From an arena of the thread.
    Arena,
    /// From free lists of the thread.
    Magazine,
}

impl Func {
    /// Its name without `r#`.
    pub(crate) fn plain_name(&self) -> String {
        let name = self.name.to_string();
        name.strip_prefix("r#").map(str::to_owned).unwrap_or(name)
    }

    /// Whether the type behind `->` is left for the compiler to find: `impl Trait`, alone or inside.
    pub(crate) fn output_is_opaque(&self) -> bool {
        fn holds_impl(tokens: TokenStream) -> bool {
            tokens.into_iter().any(|token| match token {
                TokenTree::Ident(ident) => ident == "impl",
                TokenTree::Group(group) => holds_impl(group.stream()),
                _ => false,
            })
        }
        holds_impl(self.output.clone())
    }

    /// Attributes, visibility and head: all but the body.
    pub(crate) fn before_body(&self, tokens: &mut TokenStream) {
        tokens.append_all(&self.attrs);
        tokens.append_all(&self.vis);
        tokens.append_all(&self.head);
    }
}

impl Body {
    pub(super) fn new(braces: Group) -> Self {
        let mut inner_attrs = super::tokens::trees(braces.stream());
        let mut items = inner_attrs.split_off(scan::inner_attrs(&inner_attrs));
        let statements = items.split_off(scan::leading_items(&items));
        Self { braces, inner_attrs, items, statements }
    }

    /// The user's braces around other contents. They keep their span, since that of the whole function is made from it: a function whose
    /// braces came from a macro would be spared by lints such as `dead_code`.
    pub(crate) fn with(&self, contents: TokenStream) -> Group {
        let mut braces = Group::new(Delimiter::Brace, contents);
        braces.set_span(self.braces.span());
        braces
    }

    /// Sets what comes back where nothing is measured.
    pub(crate) fn set_contents(&mut self, contents: TokenStream) {
        self.braces = self.with(contents);
    }

    /// Items and statements in a block of their own, with `first` before the statements. It is ours, located where the body is.
    pub(crate) fn nested(&self, first: TokenStream) -> Group {
        let mut contents: TokenStream = self.items.iter().cloned().collect();
        contents.extend(first);
        contents.append_all(&self.statements);
        let mut braces = Group::new(Delimiter::Brace, contents);
        braces.set_span(Span::mixed_site().located_at(self.braces.span()));
        braces
    }
}

/// The function as the user wrote it.
impl ToTokens for Func {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.before_body(tokens);
        if let Some(body) = &self.body {
            tokens.append(body.braces.clone());
        } else {
            tokens.append(proc_macro2::Punct::new(';', proc_macro2::Spacing::Alone));
        }
    }
}
