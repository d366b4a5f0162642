//! Adding up what a value owns.

use super::pieces::Pieces;
use super::structure::Census;
use super::{DeepSize, MemSize};
use crate::remedy::mem_size::VariantShape;
use std::collections::HashSet;
use std::fmt;

/// One walk through a value and all it owns.
pub struct Walk {
    size: DeepSize,
    /// Addresses of the shared values that were counted already.
    seen: HashSet<usize>,
    /// What is noted for a report on the structure.
    pub(super) census: Option<Census>,
    /// What is noted of the fields of one value.
    pub(super) pieces: Option<Pieces>,
}

impl Walk {
    pub(super) fn new() -> Self {
        Self { size: DeepSize::default(), seen: HashSet::new(), census: None, pieces: None }
    }

    /// The result, with the bytes of the value itself.
    pub(super) fn finish(&self, inline: usize) -> DeepSize {
        DeepSize { inline_bytes: inline as u64, ..self.size }
    }

    pub(super) fn so_far(&self) -> &DeepSize {
        &self.size
    }

    /// A block of so many bytes, all of them used; none where it is 0.
    pub fn block(&mut self, bytes: usize) {
        if bytes > 0 {
            self.size.blocks += 1;
            self.size.heap_bytes += bytes as u64;
            if let Some(census) = &mut self.census {
                census.block(bytes as u64);
            }
        }
    }

    /// A block with room to grow into: bytes held, and bytes used of them.
    pub fn buffer(&mut self, held: usize, used: usize) {
        let slack = held.saturating_sub(used) as u64;
        self.block(held);
        self.size.slack_bytes += slack;
        if let (Some(census), true) = (&mut self.census, held > 0) {
            census.buffer(slack);
        }
    }

    /// Whether a shared value is met for the first time in this walk: count it and walk it only
    /// then.
    pub fn is_first<T: ?Sized>(&mut self, shared: *const T) -> bool {
        self.seen.insert(shared.addr())
    }

    /// A value that cannot be looked into now.
    pub fn unseen(&mut self) {
        self.size.unseen += 1;
    }

    pub(super) fn padding(&mut self, bytes: usize) {
        self.size.padding_bytes += bytes as u64;
    }

    /// A value of a derived type: which variant it is (0 for structs), and its fields in order.
    #[doc(hidden)]
    pub fn value<T: MemSize>(
        &mut self,
        value: &T,
        variant: usize,
        fields: impl FnOnce(&mut Fields<'_>),
    ) {
        let Some(shape) = T::shape() else { return };
        let this = &shape.variants[variant];
        self.size.padding_bytes += this.padding() as u64;
        self.size.unused_bytes += (shape.largest() - this.payload) as u64;
        let place = self.census.as_mut().map(|census| census.value(shape, variant));
        let base = std::ptr::from_ref(value).addr();
        let recorded = self.pieces.as_mut().is_some_and(|pieces| pieces.begin(base, this.name));
        fields(&mut Fields { walk: self, shape: this, base, next: 0, place, recorded });
    }
}

impl fmt::Debug for Walk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walk").field("size", &self.size).finish_non_exhaustive()
    }
}

/// The fields of one value, in the order they are written.
#[derive(Debug)]
pub struct Fields<'w> {
    walk: &'w mut Walk,
    shape: &'static VariantShape,
    base: usize,
    next: usize,
    /// The type in the census, and its first field of this variant.
    place: Option<(usize, usize)>,
    /// Whether this is the value whose fields are noted one by one.
    recorded: bool,
}

impl Fields<'_> {
    /// The next field.
    pub fn field<F: MemSize>(&mut self, field: &F) {
        if let (Some(census), Some((ty, first))) = (&mut self.walk.census, self.place) {
            census.grows(ty, first + self.next, F::growth());
        }
        self.with(field, F::walk);
    }

    /// The next field, whose type is not looked into.
    pub fn skip<F>(&mut self, field: &F) {
        self.with(field, |_, _| {});
    }

    /// The next field, walked by a function of the user's.
    pub fn with<F>(&mut self, field: &F, walk: impl FnOnce(&F, &mut Walk)) {
        let outer = match (&mut self.walk.census, self.place) {
            (Some(census), Some((ty, first))) => census.enter(Some((ty, first + self.next))),
            _ => None,
        };
        let before = *self.walk.so_far();
        walk(field, self.walk);
        if let Some(census) = &mut self.walk.census {
            census.enter(outer);
        }
        if self.recorded {
            let after = *self.walk.so_far();
            let offset = std::ptr::from_ref(field).addr() - self.base;
            if let Some(pieces) = &mut self.walk.pieces {
                pieces.push(&self.shape.fields[self.next], offset, &before, &after);
            }
        }
        self.next += 1;
    }
}
