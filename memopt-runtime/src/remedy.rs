//! Remedies: what changes how a program uses its memory.

// One file (and folder) a remedy: `arena` (blocks that end together), `compressed` (values held
// small while nobody reads them), `lazy` (loaded when first read, let go when idle), `mem_size`
// (what a value holds), `pool` (used objects handed out again), `presize` (collections start where
// they end), `stream` (one item at a time). `reclaimable` is what holds memory for reuse,
// `registry` the list of it all, `reclaim` gives it back. Nothing here reads a counter of the hook.

#[cfg(feature = "arena")]
pub mod arena;
#[cfg(feature = "compress")]
pub mod compressed;
pub mod lazy;
pub mod mem_size;
mod pool;
pub mod presize;
mod reclaim;
mod reclaimable;
#[cfg(feature = "track")]
mod region_chunks;
pub(crate) mod registry;
pub(crate) mod stream;

#[cfg(feature = "arena")]
pub use self::arena::{Arena, ArenaBox, ArenaFull, ArenaVec};
#[cfg(feature = "compress")]
pub use self::compressed::Compressed;
pub use self::lazy::{Cache, Evictable, HeldBytes, Lazy, Loaded, Singleton};
pub use self::mem_size::MemSize;
#[doc(hidden)]
pub use self::pool::Family;
pub use self::pool::{Limits, Pool, PoolGuard, Recycle};
#[doc(hidden)]
pub use self::presize::Learner;
pub use self::presize::Presizable;
pub use self::reclaim::{Reclaimed, reclaim, set_purge};
pub use self::reclaimable::{Pressure, Reclaimable};
pub use self::registry::register;
pub use self::stream::{ChunkReader, End, Streamed, StreamedAsync};
#[cfg(feature = "spill")]
pub use self::stream::{Spill, SpillBytes};
