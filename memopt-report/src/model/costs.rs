//! What calls to the allocator cost in CPU time: the model behind every predicted saving.

#[cfg(feature = "json")]
use serde::{Deserialize, Serialize};

/// Where the figures of a [`CostModel`] come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize), serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum CostSource {
    /// Constants: means of glibc, mimalloc and jemalloc on a server processor of 2021.
    #[default]
    Constants,
    /// Measured in the process of the report, with the system's allocator; another one may take
    /// half the time. In a debug build memopt's hook is added.
    Measured,
}

/// CPU time of the allocator's work, in nanoseconds.
///
/// Predicted time = blocks × [`pair_ns`](Self::pair_ns) of their mean size (1.35 times that where
/// from 8 on are in use at once, 1.8 times from 64 on, and 2.3 times for blocks that stay, which
/// are fresh memory) + reallocations × 2.2 pairs (1.5 where the block is too small to move) +
/// copied bytes × [`copied_kib_ns`](Self::copied_kib_ns) ÷ 1024 + pages first touched ×
/// [`touched_page_ns`](Self::touched_page_ns). A page is touched for the first time when a peak
/// rises, so pages are counted of peak and retained bytes, once. Where the change ends the copying
/// of contents too (clones), what moving the bytes costs is added; half of that where it ends their
/// filling (constants, what is filled and overwritten), and half a pair where they were zeroes; two
/// and a half pairs for a text that need not be formatted. Three tenths of a pair are taken off
/// where a buffer is asked for by its size and filled as before.
///
/// # Limits
///
/// What the program does with the memory is not counted: filling a buffer, comparing strings.
/// A block that another processor freed last costs more than the model says.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CostModel {
    /// Whether the figures are constants or were measured.
    pub source: CostSource,
    /// One allocation and its free among other work, for blocks of the sizes in
    /// [`SIZES`](Self::SIZES): twice what a loop takes that does nothing else.
    pub pairs_ns: [f64; 4],
    /// Moving 1 KiB.
    pub copied_kib_ns: f64,
    /// The first touch of a page of 4 KiB: the fault and the kernel's zeroes.
    pub touched_page_ns: f64,
    /// Entry and exit of a tracked function, a constant: taken off the CPU time of the run before
    /// shares of it are made.
    #[cfg_attr(feature = "json", serde(default))]
    pub call_ns: f64,
}

impl CostModel {
    /// Sizes of blocks whose cost is known; in between it is interpolated, above and below the
    /// nearest counts.
    pub const SIZES: [u64; 4] = [64, 1 << 10, 8 << 10, 64 << 10];

    /// What free lists save of a block, in pairs of its size: 0.17 to 0.20 in loops that make a
    /// text or a list of numbers a round (glibc).
    #[doc(hidden)]
    pub const LISTS: f64 = 0.2;
    /// What an arena saves of a block, in pairs of its size. JSON and boxes took 0.44 to 0.57 times
    /// as long as with glibc.
    #[doc(hidden)]
    pub const ARENA: f64 = 0.5;
    /// What a call under free lists or an arena takes more, ns.
    #[doc(hidden)]
    pub const ROUTED_CALL_NS: f64 = 40.0;

    /// The figures of one machine and allocator, see the members of these names.
    pub fn measured(
        pairs_ns: [f64; 4],
        copied_kib_ns: f64,
        touched_page_ns: f64,
        call_ns: f64,
    ) -> Self {
        Self { source: CostSource::Measured, pairs_ns, copied_kib_ns, touched_page_ns, call_ns }
    }

    /// One allocation of so many bytes and its free, ns.
    pub fn pair_ns(&self, bytes: u64) -> f64 {
        let above = Self::SIZES.iter().position(|size| bytes <= *size);
        match above {
            Some(0) => self.pairs_ns[0],
            None => self.pairs_ns[Self::SIZES.len() - 1],
            Some(at) => {
                let log = |size: u64| (size as f64).ln();
                let (low, high) = (Self::SIZES[at - 1], Self::SIZES[at]);
                let part = (log(bytes) - log(low)) / (log(high) - log(low));
                self.pairs_ns[at - 1] + part * (self.pairs_ns[at] - self.pairs_ns[at - 1])
            }
        }
    }
}

impl Default for CostModel {
    fn default() -> Self {
        Self {
            source: CostSource::Constants,
            pairs_ns: [20.0, 25.0, 50.0, 80.0],
            copied_kib_ns: 40.0,
            touched_page_ns: 500.0,
            call_ns: 14.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CostModel;

    #[test]
    fn sizes_in_between_are_interpolated_by_their_logarithm() {
        let costs = CostModel::measured([10.0, 30.0, 60.0, 90.0], 1.0, 1.0, 1.0);
        // 256 is half the way from 64 to 1,024 by the logarithm.
        for (bytes, ns) in [(0, 10.0), (64, 10.0), (256, 20.0), (1024, 30.0), (1 << 30, 90.0)] {
            assert!((costs.pair_ns(bytes) - ns).abs() < 1e-9, "{bytes}");
        }
    }
}
