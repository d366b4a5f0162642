//! How much memory a value takes, what of it is not used, and which change to its type would save
//! most.
//!
//! A walk reads values and changes nothing.

// Files: `shape` (what the derive knows of a type), `walk` (adding up) and `pieces` (field by
// field), `scalar`, `compound`, `owned`, `shared`, `cells`, `hash` and `btree` (the types of std),
// `structure` (the advice).

mod breakdown;
mod btree;
mod cells;
mod compound;
mod hash;
mod owned;
mod pieces;
mod scalar;
mod shape;
mod shared;
mod structure;
mod walk;

#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

pub use self::breakdown::{Breakdown, breakdown};
pub use self::pieces::FieldSize;
pub use self::shape::Growth;
pub use self::structure::{
    Change, ChangeKind, FieldUse, StructureReport, TypeUse, VariantUse, layout_report,
};
pub use self::walk::Walk;

#[doc(hidden)]
pub use self::shape::{FieldShape, Shape, VariantShape};
#[doc(hidden)]
pub use self::walk::Fields;

/// A value that can say how much memory it takes, all it owns included.
///
/// `#[derive(memopt::remedy::MemSize)]` writes it for structs and enums, generic ones too; std's
/// types have it. On a field, `#[mem_size(skip)]` counts only the bytes in place, and
/// `#[mem_size(with = path)]` calls `path(&field, &mut Walk)` for what the field owns. By hand,
/// tell the [`Walk`] each block that the value owns and walk what lies in it.
///
/// # Examples
///
/// On a 64-bit machine:
///
/// ```
/// use memopt::remedy::MemSize;
/// use memopt::remedy::mem_size::Walk;
///
/// #[derive(MemSize)]
/// struct User {
///     name: String,
///     scores: Vec<u32>,
///     #[mem_size(with = image)]
///     picture: Picture,
/// }
///
/// struct Picture(Vec<u8>);
///
/// fn image(picture: &Picture, walk: &mut Walk) {
///     walk.buffer(picture.0.capacity(), picture.0.len());
/// }
///
/// let mut scores = Vec::with_capacity(100);
/// scores.push(7u32);
/// let user = User { name: String::from("Ada"), scores, picture: Picture(vec![0; 50]) };
/// let size = user.mem_size();
/// assert_eq!(size.inline_bytes, 72); // two vectors and a string
/// assert_eq!(size.heap_bytes, 3 + 400 + 50);
/// assert_eq!((size.slack_bytes, size.blocks), (396, 3));
/// ```
///
/// # Cost
///
/// One step a value: a `Vec<u8>` is one, a `Vec` of a million derived structs a million. Shared
/// pointers are remembered for the time of the walk (not counted).
///
/// # Limits
///
/// - Block sizes are those asked for; what the allocator rounds up to or adds is not in them.
/// - A `HashMap`'s block is worked out from its capacity, by `hashbrown`'s formula; after many
///   removals from a map that was never resized it may be larger. A `BTreeMap`'s nodes are told
///   apart by the addresses of their keys.
/// - What is locked or mutably borrowed during the walk is left out and counted in
///   [`unseen`](DeepSize::unseen).
/// - References are not followed, and of an `Rc` or `Arc` that others hold too the whole is
///   counted, once a walk.
/// - The walk recurses: a chain of a hundred thousand boxes needs a thread with a large stack.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how much memory it takes",
    label = "has no `MemSize`",
    note = "add `#[derive(memopt::remedy::MemSize)]` to the type; for a field of a foreign type, \
            `#[mem_size(skip)]` or `#[mem_size(with = path)]`"
)]
pub trait MemSize {
    /// Tells `walk` what this value owns outside of its own bytes.
    fn walk(&self, walk: &mut Walk);

    /// Whether no value of this type owns anything, so that a vector of them need not be looked
    /// through.
    fn is_flat() -> bool
    where
        Self: Sized,
    {
        false
    }

    /// How the room of this type grows; `None` of what has no room to grow into.
    fn growth() -> Option<Growth>
    where
        Self: Sized,
    {
        None
    }

    /// What the derive knows of the type.
    #[doc(hidden)]
    fn shape() -> Option<&'static Shape>
    where
        Self: Sized,
    {
        None
    }

    /// The memory this value takes, all it owns included.
    fn mem_size(&self) -> DeepSize {
        crate::untracked(|| {
            let mut walk = Walk::new();
            self.walk(&mut walk);
            walk.finish(size_of_val(self))
        })
    }
}

/// The memory of one value, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
#[non_exhaustive]
pub struct DeepSize {
    /// The value's own bytes, on the stack or in whatever holds it.
    pub inline_bytes: u64,
    /// Bytes of the blocks it owns, directly or not.
    pub heap_bytes: u64,
    /// Of the heap bytes, those that `shrink_to_fit` would give back.
    pub slack_bytes: u64,
    /// Bytes between and behind fields, of derived types and tuples, wherever they lie.
    pub padding_bytes: u64,
    /// Bytes that values of derived enums take only because another variant is larger.
    pub unused_bytes: u64,
    /// Blocks it owns.
    pub blocks: u64,
    /// Values that could not be looked into, being locked or borrowed.
    pub unseen: u64,
}

impl DeepSize {
    /// Inline and heap bytes together.
    pub fn total_bytes(&self) -> u64 {
        self.inline_bytes + self.heap_bytes
    }
}

#[cfg(test)]
mod tests;
