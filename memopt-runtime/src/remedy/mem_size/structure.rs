//! What the types of a value make of memory, and which change to them would save most.
//!
//! Rooms: `census` (what is noted during the walk), `advice` (the rules), `text`. Nothing is said
//! of less than [`MIN_SHARE`] of all bytes.

mod advice;
mod census;
mod text;

use super::{DeepSize, MemSize, Walk};
#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

pub(super) use self::census::Census;

/// A change is named if it saves at least this share of all bytes walked.
const MIN_SHARE: f64 = 0.05;
/// Padding is named from this share of all bytes on: what a change of types would save of it is not
/// known.
const MIN_PADDING: f64 = 0.10;
/// Collections before "never had spare room" is a pattern.
const MIN_BUFFERS: u64 = 16;

/// The structure of a value and all it owns: what its types hold, and the changes that would save
/// most, the best first. Its `Display` fits 100 columns.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
#[non_exhaustive]
pub struct StructureReport {
    /// Everything together.
    pub size: DeepSize,
    /// The derived types met, in the order they were met.
    pub types: Vec<TypeUse>,
    /// What to change; empty where nothing would save 5 % of all bytes.
    pub changes: Vec<Change>,
}

impl Drop for StructureReport {
    fn drop(&mut self) {
        // It was made untracked.
        crate::untracked(|| {
            drop(std::mem::take(&mut self.types));
            drop(std::mem::take(&mut self.changes));
        });
    }
}

/// A derived type, and the values of it that were met.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
#[non_exhaustive]
pub struct TypeUse {
    /// Full name, with generics.
    pub name: String,
    /// Source file, as the compiler saw it.
    pub file: String,
    /// Line of its name.
    pub line: u32,
    /// Column of its name.
    pub column: u32,
    /// Bytes of a value.
    pub size: u64,
    /// Values met.
    pub values: u64,
    /// Bytes of all these values that no field has.
    pub padding_bytes: u64,
    /// Bytes of all these values that they take only because another variant is larger.
    pub unused_bytes: u64,
    /// The variants of an enum; of a struct one, without a name.
    pub variants: Vec<VariantUse>,
}

/// A variant, or all of a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
#[non_exhaustive]
pub struct VariantUse {
    /// Empty for structs.
    pub name: String,
    /// Bytes its fields take.
    pub payload: u64,
    /// Values met.
    pub values: u64,
    /// In the order they are written.
    pub fields: Vec<FieldUse>,
}

/// A field, over all values met.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
#[non_exhaustive]
pub struct FieldUse {
    /// Its name, or its number.
    pub name: String,
    /// Its type as written.
    pub ty: String,
    /// Bytes in place, of one value.
    pub size: u64,
    /// Bytes of blocks that it owns, without those that belong to a field of a derived type in it.
    pub heap_bytes: u64,
    /// Of these, what `shrink_to_fit` would give back.
    pub slack_bytes: u64,
    /// Blocks with room to grow.
    pub buffers: u64,
}

/// What to change about a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum ChangeKind {
    /// Put the fields of one variant into a `Box`.
    BoxVariant,
    /// Give spare room back.
    ShrinkToFit,
    /// Use a type without spare room, such as `Box<str>`.
    FixedSize,
    /// Make fields fill the gaps; a hint, with no change named that is sure to help.
    Padding,
}

/// One change to a type and what it would have saved in the value that was walked.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
#[non_exhaustive]
pub struct Change {
    /// What to change.
    pub kind: ChangeKind,
    /// Full name of the type.
    pub type_name: String,
    /// The field or variant, as `field`, `Variant` or `Variant.field`; empty for the whole type.
    pub part: String,
    /// Source file of the type; empty where it is no derived one.
    pub file: String,
    /// Line of its name.
    pub line: u32,
    /// Column of its name.
    pub column: u32,
    /// Bytes predicted to be saved; for padding, at most.
    pub saves_bytes: u64,
    /// That as a share (0 to 1) of all bytes walked.
    pub share: f64,
    /// The figures it rests on.
    pub evidence: String,
    /// The change to type.
    pub help: String,
}

/// Walks a value and says which fields and types waste most, and what to do about them.
///
/// # Examples
///
/// ```
/// use memopt::remedy::mem_size::{ChangeKind, layout_report};
///
/// #[derive(memopt::remedy::MemSize)]
/// enum Event {
///     Tick(u32),
///     Snapshot([u64; 32]),
/// }
///
/// let events: Vec<Event> = (0..1000).map(Event::Tick).collect();
/// let report = layout_report(&events);
/// assert_eq!(report.changes[0].kind, ChangeKind::BoxVariant);
/// assert_eq!(report.changes[0].part, "Snapshot");
/// assert!(report.changes[0].share > 0.9);
/// println!("{report}");
/// ```
///
/// # Cost
///
/// That of [`mem_size`](MemSize::mem_size), and a table look-up for each value of a derived type.
/// What the report takes is not counted.
///
/// # Limits
///
/// Savings are worked out change by change: two changes to one type may save less together. The
/// size of an enum with a boxed variant is an estimate, on the safe side: a tag that hides in a
/// niche now is taken to need room then.
pub fn layout_report<T: MemSize + ?Sized>(value: &T) -> StructureReport {
    crate::untracked(|| {
        let mut walk = Walk::new();
        walk.census = Some(Census::default());
        value.walk(&mut walk);
        let size = walk.finish(size_of_val(value));
        let census = walk.census.take().unwrap_or_default();
        let changes = advice::changes(&census, &size, std::any::type_name::<T>());
        StructureReport { size, types: census.types(), changes }
    })
}
