//! Hash tables: the block of `hashbrown`, which std's maps are.
//!
//! Formulas of `hashbrown`, `src/raw.rs`: `capacity_to_buckets`, `bucket_mask_to_capacity` and
//! `TableLayout::calculate_layout_for`. A table of `n` buckets holds `n * 7 / 8` values (`n - 1`
//! below 8) and is one block: the values, then one control byte a bucket and one group of them
//! more.

use super::compound::elements;
use super::{Growth, MemSize, Walk};
use std::collections::{HashMap, HashSet};

/// Control bytes looked at together (`src/control/group`).
const GROUP: usize = if cfg!(all(
    any(target_arch = "x86", target_arch = "x86_64"),
    target_feature = "sse2",
    not(miri)
)) {
    16
} else if cfg!(target_arch = "aarch64") {
    8
} else {
    size_of::<usize>()
};

fn room(buckets: usize) -> usize {
    if buckets < 8 { buckets - 1 } else { buckets / 8 * 7 }
}

/// Bytes of the block of a table that has room for `capacity` values of type `T`.
fn block<T>(capacity: usize) -> usize {
    if capacity == 0 {
        return 0;
    }
    // Small values get more buckets, so that there is a whole group of control bytes.
    let least = match (GROUP, size_of::<T>()) {
        (16, 0..=1) => 14,
        (16, 2..=3) | (8, 0..=1) => 7,
        _ => 3,
    };
    let mut buckets = 4;
    while room(buckets) < capacity.max(least) {
        buckets *= 2;
    }
    (size_of::<T>() * buckets).next_multiple_of(align_of::<T>().max(GROUP)) + buckets + GROUP
}

impl<K: MemSize, V: MemSize, S> MemSize for HashMap<K, V, S> {
    fn walk(&self, walk: &mut Walk) {
        walk.buffer(block::<(K, V)>(self.capacity()), block::<(K, V)>(self.len()));
        elements(self.keys(), walk);
        elements(self.values(), walk);
    }

    fn growth() -> Option<Growth> {
        Some(Growth::ONLY_SHRINKS)
    }
}

impl<T: MemSize, S> MemSize for HashSet<T, S> {
    fn walk(&self, walk: &mut Walk) {
        walk.buffer(block::<T>(self.capacity()), block::<T>(self.len()));
        elements(self, walk);
    }

    fn growth() -> Option<Growth> {
        Some(Growth::ONLY_SHRINKS)
    }
}

#[cfg(all(test, target_arch = "x86_64", not(miri)))]
mod tests {
    use super::block;

    #[test]
    fn tables_by_hand() {
        assert_eq!(block::<(u64, u64)>(0), 0);
        // 4 buckets of 16 bytes, 4 control bytes and a group.
        assert_eq!(block::<(u64, u64)>(3), 64 + 4 + 16);
        assert_eq!(block::<(u64, u64)>(7), 128 + 8 + 16);
        assert_eq!(block::<(u64, u64)>(14), 256 + 16 + 16);
        assert_eq!(block::<(u64, u64)>(15), 512 + 32 + 16);
        // 4 buckets of 12 bytes are 48; 8 of 2 bytes make 16.
        assert_eq!(block::<[u32; 3]>(1), 48 + 4 + 16);
        assert_eq!(block::<u16>(1), 16 + 8 + 16);
    }
}
