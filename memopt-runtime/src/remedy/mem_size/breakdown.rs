//! One value, field by field.

use super::pieces::{FieldSize, Pieces};
use super::walk::Walk;
use super::{DeepSize, MemSize};
use crate::report::{label, units};
#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};
use std::fmt::{self, Write as _};

/// The fields of one value of a derived type. Its `Display` is a table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
#[non_exhaustive]
pub struct Breakdown {
    /// The type's full name.
    pub type_name: String,
    /// The variant of an enum; empty for structs.
    pub variant: String,
    /// The whole value.
    pub size: DeepSize,
    /// In the order they are written; none of a type that has no derived shape.
    pub fields: Vec<FieldSize>,
}

/// The memory of one value by its fields.
///
/// # Examples
///
/// On a 64-bit machine:
///
/// ```
/// use memopt::remedy::mem_size::breakdown;
///
/// #[derive(memopt::remedy::MemSize)]
/// struct Line {
///     number: u8,
///     text: String,
/// }
///
/// let line = Line { number: 1, text: "abc".repeat(4) };
/// let parts = breakdown(&line);
/// let text = &parts.fields[1];
/// assert_eq!((text.name.as_str(), text.size, text.heap_bytes), ("text", 24, 12));
/// assert_eq!(parts.size.padding_bytes, 7);
/// println!("{parts}");
/// ```
pub fn breakdown<T: MemSize>(value: &T) -> Breakdown {
    let mut walk = Walk::new();
    let base = std::ptr::from_ref(value).addr();
    walk.pieces = Some(Pieces::of(base));
    value.walk(&mut walk);
    let size = walk.finish(size_of_val(value));
    let (variant, fields) = walk.pieces.take().map_or(("", Vec::new()), Pieces::finish);
    let type_name = std::any::type_name::<T>().to_owned();
    Breakdown { type_name, variant: variant.to_owned(), size, fields }
}

impl fmt::Display for Breakdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        label::print(f, |out| {
            let variant =
                if self.variant.is_empty() { String::new() } else { format!("::{}", self.variant) };
            let name = label::shorten(&label::clean(&format!("{}{variant}", self.type_name)), 60);
            let size = &self.size;
            writeln!(
                out,
                "{name}: {} in place, {} on the heap",
                units::bytes(size.inline_bytes),
                units::bytes(size.heap_bytes)
            )?;
            writeln!(out, "offset   size    heap   slack  field")?;
            for field in &self.fields {
                let what = label::clean(&format!("{}: {}", field.name, field.ty));
                let what: String = what.chars().take(66).collect();
                writeln!(
                    out,
                    "{:>6} {:>6} {:>7} {:>7}  {what}",
                    field.offset,
                    units::bytes_short(field.size, 3),
                    units::bytes_short(field.heap_bytes, 3),
                    units::bytes_short(field.slack_bytes, 3),
                )?;
            }
            Ok(())
        })
    }
}
