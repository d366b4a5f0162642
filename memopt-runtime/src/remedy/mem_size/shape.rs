//! What the derive knows of a type before there is a value of it.

/// A derived type.
#[derive(Debug)]
pub struct Shape {
    /// Its full name, with generics.
    pub name: fn() -> &'static str,
    /// Where it is defined.
    pub file: &'static str,
    /// Line of its name.
    pub line: u32,
    /// Column of its name.
    pub column: u32,
    /// Bytes.
    pub size: usize,
    /// Bytes.
    pub align: usize,
    /// The variants of an enum; of a struct one, without a name.
    pub variants: &'static [VariantShape],
}

/// A variant, or all of a struct.
#[derive(Debug)]
pub struct VariantShape {
    /// Empty for structs.
    pub name: &'static str,
    /// Bytes its fields would take as a struct of their own.
    pub payload: usize,
    /// In the order they are written.
    pub fields: &'static [FieldShape],
}

/// A field.
#[derive(Debug)]
pub struct FieldShape {
    /// Its name, or its number.
    pub name: &'static str,
    /// Its type as written.
    pub ty: &'static str,
    /// Bytes.
    pub size: usize,
}

impl Shape {
    /// Bytes of the largest variant's fields.
    pub(super) fn largest(&self) -> usize {
        self.variants.iter().map(|variant| variant.payload).max().unwrap_or(0)
    }

    /// The place of `variant`'s first field among all fields of the type.
    pub(super) fn first_field(&self, variant: usize) -> usize {
        self.variants[..variant].iter().map(|variant| variant.fields.len()).sum()
    }
}

impl VariantShape {
    /// Bytes of its payload that no field has.
    pub(super) fn padding(&self) -> usize {
        self.payload.saturating_sub(self.fields.iter().map(|field| field.size).sum())
    }
}

/// How the room of a collection grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Growth {
    /// The type that holds the same without room to grow, such as `Box<str>`; `None` where there is
    /// none.
    pub fixed: Option<&'static str>,
    /// Bytes of a value that this type takes less.
    pub saves: usize,
}

impl Growth {
    /// A collection that has no form without spare room.
    pub const ONLY_SHRINKS: Self = Self { fixed: None, saves: 0 };

    /// A collection that needs no capacity word as a `fixed`.
    pub const fn boxed(fixed: &'static str) -> Self {
        Self { fixed: Some(fixed), saves: size_of::<usize>() }
    }
}
