//! The annotated item, as far as it must be understood, and no further.
//!
//! Bodies stay raw tokens and heads are copied as they are: an editor expands an attribute on every
//! save, half of the time on code that does not parse yet, and one build expands a thousand. So
//! nothing here builds a syntax tree. [`scan`] finds where the parts of an item begin and end;
//! [`Func`] and [`Container`] name them and can write themselves back, token for token. Derives are
//! on types only, which are short: `syn` reads them into a [`Shape`].

mod attr;
mod awaits;
pub(crate) mod binding;
pub(crate) mod block;
mod canonical;
mod container;
mod func;
mod item;
pub(crate) mod lets;
mod marks;
mod operand;
mod params;
mod plan;
mod rows;
mod scan;
mod shape;
pub(crate) mod statements;
mod streaming;
mod trivial;

pub(crate) use attr::Attr;
pub(crate) use awaits::{Await, rewrite as rewrite_awaits};
pub(crate) use canonical::is_canonical;
pub(crate) use container::{Container, Member};
pub(crate) use func::{Body, Func};
pub(crate) use item::Item;
pub(crate) use marks::{Mark, marked, unmarked};
pub(crate) use params::named as named_parameters;
pub(crate) use plan::{Plan, Route, Spec};
pub(crate) use rows::Rows;
pub(crate) use shape::{Field, Shape, Variant, Walked};
pub(crate) use streaming::{Piece, Streaming};
pub(crate) use trivial::is_trivial;
