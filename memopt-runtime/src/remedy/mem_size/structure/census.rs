//! What is noted of each derived type while a value is walked.

use super::{FieldUse, TypeUse, VariantUse};
use crate::remedy::mem_size::{Growth, Shape};
use std::collections::HashMap;

/// Counts by type, variant and field.
#[derive(Default)]
pub(in super::super) struct Census {
    /// Where a type stands in `counts`. A type may stand there twice: the compiler may copy its
    /// shape.
    index: HashMap<*const Shape, usize>,
    pub(super) counts: Vec<TypeCount>,
    /// What belongs to no field of a derived type.
    pub(super) root: FieldCount,
    /// The field that is walked now: type, and place among all its fields.
    owner: Option<(usize, usize)>,
}

pub(super) struct TypeCount {
    pub(super) shape: &'static Shape,
    /// Values, by variant.
    pub(super) values: Vec<u64>,
    /// All fields, variant after variant.
    pub(super) fields: Vec<FieldCount>,
}

#[derive(Clone, Copy, Default)]
pub(super) struct FieldCount {
    pub(super) heap: u64,
    pub(super) slack: u64,
    pub(super) buffers: u64,
    /// How its room grows; known once a value was met.
    pub(super) growth: Option<Growth>,
}

impl TypeCount {
    pub(super) fn all(&self) -> u64 {
        self.values.iter().sum()
    }

    pub(super) fn padding(&self) -> u64 {
        let variants = self.shape.variants.iter().zip(&self.values);
        variants.map(|(variant, values)| variant.padding() as u64 * values).sum()
    }

    pub(super) fn unused(&self) -> u64 {
        let largest = self.shape.largest();
        let variants = self.shape.variants.iter().zip(&self.values);
        variants.map(|(variant, values)| (largest - variant.payload) as u64 * values).sum()
    }
}

impl Census {
    /// Counts a value; returns its type's place and the place of the variant's first field.
    pub(in super::super) fn value(
        &mut self,
        shape: &'static Shape,
        variant: usize,
    ) -> (usize, usize) {
        let counts = &mut self.counts;
        let place = *self.index.entry(std::ptr::from_ref(shape)).or_insert_with(|| {
            let same = |count: &TypeCount| {
                let other = count.shape;
                (other.line, other.column, other.file) == (shape.line, shape.column, shape.file)
                    && (other.name)() == (shape.name)()
            };
            counts.iter().position(same).unwrap_or_else(|| {
                let variants = shape.variants.len();
                let fields = vec![FieldCount::default(); shape.first_field(variants)];
                counts.push(TypeCount { shape, values: vec![0; variants], fields });
                counts.len() - 1
            })
        });
        self.counts[place].values[variant] += 1;
        (place, shape.first_field(variant))
    }

    /// Goes into a field, or back; returns where the walk was.
    pub(in super::super) fn enter(
        &mut self,
        owner: Option<(usize, usize)>,
    ) -> Option<(usize, usize)> {
        std::mem::replace(&mut self.owner, owner)
    }

    /// Notes how the room of a field grows.
    pub(in super::super) fn grows(&mut self, ty: usize, field: usize, growth: Option<Growth>) {
        self.counts[ty].fields[field].growth = growth;
    }

    fn count(&mut self) -> &mut FieldCount {
        match self.owner {
            Some((ty, field)) => &mut self.counts[ty].fields[field],
            None => &mut self.root,
        }
    }

    pub(in super::super) fn block(&mut self, bytes: u64) {
        self.count().heap += bytes;
    }

    pub(in super::super) fn buffer(&mut self, slack: u64) {
        let count = self.count();
        count.slack += slack;
        count.buffers += 1;
    }

    pub(super) fn types(&self) -> Vec<TypeUse> {
        let types = self.counts.iter().map(|count| {
            let shape = count.shape;
            let mut counts = count.fields.iter();
            let mut field = |shape: &super::super::FieldShape| {
                let count = counts.next().copied().unwrap_or_default();
                FieldUse {
                    name: shape.name.to_owned(),
                    ty: shape.ty.to_owned(),
                    size: shape.size as u64,
                    heap_bytes: count.heap,
                    slack_bytes: count.slack,
                    buffers: count.buffers,
                }
            };
            let variants =
                shape.variants.iter().zip(&count.values).map(|(variant, values)| VariantUse {
                    name: variant.name.to_owned(),
                    payload: variant.payload as u64,
                    values: *values,
                    fields: variant.fields.iter().map(&mut field).collect(),
                });
            TypeUse {
                name: (shape.name)().to_owned(),
                file: shape.file.to_owned(),
                line: shape.line,
                column: shape.column,
                size: shape.size as u64,
                values: count.all(),
                padding_bytes: count.padding(),
                unused_bytes: count.unused(),
                variants: variants.collect(),
            }
        });
        types.collect()
    }
}
