//! A function: what stands before its body, and the body as raw tokens.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt};
use syn::ext::IdentExt;

use super::attr::Attr;
use super::plan::Plan;
use crate::tokens::{holds, is_word, refilled, trees};

/// A function, method or function without body.
pub(crate) struct Func {
    pub(crate) attrs: Vec<Attr>,
    /// `pub`, `pub(crate)` or nothing.
    pub(crate) vis: Vec<TokenTree>,
    /// Everything from the first qualifier to the body, as written:
    /// `async unsafe fn f<T>(x: T) -> U where T: V`.
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
    pub(super) braces: Group,
    pub(crate) inner_attrs: Vec<TokenTree>,
    pub(crate) items: Vec<TokenTree>,
    pub(crate) statements: Vec<TokenTree>,
    /// Statics among the items name the static of the site.
    pub(crate) names_site: bool,
}

impl Func {
    /// Its name without `r#`.
    pub(crate) fn plain_name(&self) -> String {
        self.name.unraw().to_string()
    }

    /// Whether the type behind `->` is left for the compiler to find: `impl Trait`, alone or
    /// inside.
    pub(crate) fn output_is_opaque(&self) -> bool {
        holds(&trees(self.output.clone()), &|token| is_word(token, "impl"))
    }

    /// Whether the body names a variable.
    pub(super) fn body_mentions(&self, name: &Ident) -> bool {
        let body = self.body.iter().flat_map(|body| [&body.items, &body.statements]);
        body.into_iter().any(|tokens| {
            holds(tokens, &|token| matches!(token, TokenTree::Ident(ident) if ident == name))
        })
    }

    /// Attributes, visibility and head: all but the body.
    pub(crate) fn before_body(&self, tokens: &mut TokenStream) {
        tokens.append_all(&self.attrs);
        self.signature(tokens);
    }

    /// Visibility and head.
    pub(crate) fn signature(&self, tokens: &mut TokenStream) {
        tokens.append_all(&self.vis);
        tokens.append_all(&self.head);
    }

    /// The body as the user wrote it, or the `;` in its place.
    pub(crate) fn end(&self, tokens: &mut TokenStream) {
        match &self.body {
            Some(body) => tokens.append(body.braces.clone()),
            None => tokens.append(proc_macro2::Punct::new(';', proc_macro2::Spacing::Alone)),
        }
    }
}

impl Body {
    /// The user's braces around other contents. They keep their span, since that of the whole
    /// function is made from it: a function whose braces came from a macro would be spared by lints
    /// such as `dead_code`.
    pub(crate) fn with(&self, contents: TokenStream) -> Group {
        refilled(&self.braces, contents)
    }

    /// Sets what comes back where nothing is measured.
    pub(crate) fn set_contents(&mut self, contents: TokenStream) {
        self.braces = self.with(contents);
    }

    /// Items and statements in a block of their own, with `first` before the statements. It is
    /// ours, located where the body is.
    pub(crate) fn nested(&self, first: TokenStream) -> Group {
        let mut contents: TokenStream = self.items.iter().cloned().collect();
        contents.extend(first);
        contents.append_all(&self.statements);
        let mut braces = self.with(contents);
        braces.set_span(Span::mixed_site().located_at(self.braces.span()));
        braces
    }
}

/// The function as the user wrote it.
impl ToTokens for Func {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.before_body(tokens);
        self.end(tokens);
    }
}
