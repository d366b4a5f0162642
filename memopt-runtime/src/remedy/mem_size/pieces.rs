//! The fields of one value, as a walk meets them.

use super::DeepSize;
use super::shape::FieldShape;
#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

/// One field of one value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
#[non_exhaustive]
pub struct FieldSize {
    /// Its name, or its number.
    pub name: String,
    /// Its type as written.
    pub ty: String,
    /// Bytes from the start of the value.
    pub offset: u64,
    /// Bytes in place.
    pub size: u64,
    /// Bytes of the blocks it owns, directly or not.
    pub heap_bytes: u64,
    /// Of these, what `shrink_to_fit` would give back.
    pub slack_bytes: u64,
    /// Bytes between the fields of what it holds.
    pub padding_bytes: u64,
}

/// What is noted on the way: of the first derived value at the address of the whole.
pub(super) struct Pieces {
    base: usize,
    variant: Option<&'static str>,
    fields: Vec<FieldSize>,
}

impl Pieces {
    /// Nothing yet of the value at an address.
    pub(super) fn of(base: usize) -> Self {
        Self { base, variant: None, fields: Vec::new() }
    }

    /// The variant and the fields.
    pub(super) fn finish(self) -> (&'static str, Vec<FieldSize>) {
        (self.variant.unwrap_or_default(), self.fields)
    }

    /// Whether the derived value that begins here is the one whose fields are wanted.
    pub(super) fn begin(&mut self, base: usize, variant: &'static str) -> bool {
        let wanted = self.variant.is_none() && base == self.base;
        if wanted {
            self.variant = Some(variant);
        }
        wanted
    }

    pub(super) fn push(
        &mut self,
        shape: &FieldShape,
        offset: usize,
        before: &DeepSize,
        after: &DeepSize,
    ) {
        self.fields.push(FieldSize {
            name: shape.name.to_owned(),
            ty: shape.ty.to_owned(),
            offset: offset as u64,
            size: shape.size as u64,
            heap_bytes: after.heap_bytes - before.heap_bytes,
            slack_bytes: after.slack_bytes - before.slack_bytes,
            padding_bytes: after.padding_bytes - before.padding_bytes,
        });
    }
}
