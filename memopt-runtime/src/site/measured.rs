//! What one call of a site did, in figures.

/// What one call did.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Measured {
    pub(crate) allocs: u64,
    pub(crate) bytes: u64,
    pub(crate) frees: u64,
    pub(crate) freed: u64,
    /// Highest live bytes above entry.
    pub(crate) peak: u64,
}

impl Measured {
    /// Whether nothing was counted.
    ///
    /// PERF: no block is of no bytes (`GlobalAlloc` forbids it), so the bytes tell of the blocks
    /// too: two instructions a call less.
    #[inline(always)]
    pub(crate) fn is_idle(&self) -> bool {
        self.bytes | self.freed == 0
    }

    /// What goes into histograms: bytes, blocks, peak, retained bytes.
    #[inline(always)]
    pub(crate) fn values(&self) -> [u64; 4] {
        [self.bytes, self.allocs, self.peak, self.retained()]
    }

    /// Bytes allocated and not freed at exit, 0 where more was freed.
    #[inline(always)]
    pub(crate) fn retained(&self) -> u64 {
        self.bytes.saturating_sub(self.freed)
    }
}
