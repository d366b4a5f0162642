//! Size classes of small blocks, of 16 bytes each.

/// Largest size with a class: the nodes of a `BTreeMap` whose keys and values are strings are
/// smaller. Bytes.
pub(crate) const SMALL_MAX: usize = 768;
/// Classes of 16 bytes: 1..=16, 17..=32, … and one for size 0.
pub(crate) const SMALL: usize = SMALL_MAX / 16 + 1;

/// The class of a size up to [`SMALL_MAX`].
#[inline(always)]
pub(crate) fn small_class(size: usize) -> usize {
    (size + 15) >> 4
}

#[cfg(test)]
mod tests {
    use super::small_class;

    #[test]
    fn small_classes_end_at_multiples_of_16() {
        assert_eq!([1, 16, 17, 64, 65, 768].map(small_class), [1, 1, 2, 4, 5, 48]);
    }
}
