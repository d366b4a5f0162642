//! A type under a derive: its variants and fields.

use proc_macro2::{Ident, Span};
use syn::{Generics, Member, Path, Type};

/// A struct or an enum.
pub(crate) struct Shape {
    pub(crate) name: Ident,
    pub(crate) generics: Generics,
    pub(crate) is_enum: bool,
    /// Of a struct one, named as the type.
    pub(crate) variants: Vec<Variant>,
}

/// A variant, or all of a struct.
pub(crate) struct Variant {
    pub(crate) name: Ident,
    pub(crate) fields: Vec<Field>,
}

/// A field.
pub(crate) struct Field {
    pub(crate) member: Member,
    pub(crate) ty: Type,
    pub(crate) span: Span,
    pub(crate) walked: Walked,
}

/// How a field is looked into.
pub(crate) enum Walked {
    /// As its type says.
    ByType,
    /// Not at all.
    Not,
    /// By a function of the user's.
    By(Path),
}
