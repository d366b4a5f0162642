//! Where the blocks of a scope come from, in the words that every room above understands.

/// The bit of an address that is set for every block of the region, and clear for most allocators'
/// blocks.
pub(crate) const MARK: usize = 8;
/// Bytes of a chunk of the region, and its alignment.
pub(crate) const CHUNK: usize = 1 << 16;

/// Where the blocks of a scope come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Route {
    /// From the inner allocator.
    #[default]
    Plain = 0,
    /// From the thread's arena.
    Bump = 1,
    /// From the thread's slabs.
    Slab = 2,
    /// From the inner allocator, in buffers that start at their learned size: no route of the
    /// hook's.
    PreSize = 3,
}

impl Route {
    /// The route a word stands for.
    pub(crate) const fn from_word(word: u32) -> Self {
        match word {
            1 => Self::Bump,
            2 => Self::Slab,
            3 => Self::PreSize,
            _ => Self::Plain,
        }
    }
}
