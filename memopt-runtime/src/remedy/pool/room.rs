//! Room under the limits of a pool.

use std::ops::{Add, Sub};

/// Objects and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) objects: usize,
    pub(super) bytes: usize,
}

impl Room {
    pub(super) const NONE: Self = Self { objects: 0, bytes: 0 };
}

impl Add for Room {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self { objects: self.objects + more.objects, bytes: self.bytes + more.bytes }
    }
}

impl Sub for Room {
    type Output = Self;

    fn sub(self, less: Self) -> Self {
        Self { objects: self.objects - less.objects, bytes: self.bytes - less.bytes }
    }
}
