//! A function to be streamed: its body as read, with every use of the output vector named.

use proc_macro2::{Group, Ident, TokenTree};

use super::plan::Spec;
use super::rows::Rows;

/// What validation made of a function under `#[memopt::streamed]`.
pub(crate) struct Streaming {
    pub(crate) rows: Rows,
    /// Items held at once, at most.
    pub(crate) chunk: usize,
    /// The site it is as well, where `#[track_alloc]` stands on it too.
    pub(crate) track: Option<Spec>,
    pub(crate) body: Vec<Piece>,
}

/// A piece of the body.
pub(crate) enum Piece {
    /// Stays as it is.
    Token(TokenTree),
    /// Brackets that stay, with other contents.
    Group(Group, Vec<Piece>),
    /// `out.push(..)`, `out.extend(..)`: the output, the method, its brackets and their contents.
    Send { out: Ident, method: Ident, brackets: Group, arguments: Vec<Piece> },
    /// `let mut out = Vec::with_capacity(..);`, `out.reserve(..)`: evaluated and not needed.
    Capacity { out: Ident, arguments: Vec<Piece>, statement: bool },
    /// The output where it is returned; `written` where something must stand there, as in
    /// `Ok(out)`.
    End { out: Ident, written: bool },
}
