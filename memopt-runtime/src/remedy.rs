//! Remedies: what changes how a program uses its memory.
//!
//! One file (and folder) a remedy. Rooms: [`arena`] (blocks that end together), [`compressed`] (values held small while nobody
//! reads them), `reclaimable` (the list of everything that keeps memory for later), [`lazy`] (loaded when first read, let go
//! when idle), [`mem_size`] (what a value holds), `pool` (used objects handed out again), [`presize`] (collections start
//! where they end), `reclaim` (giving it all back), `stream` (one item at a time). What is measured lives elsewhere; nothing
//! here reads a counter of the hook.

pub mod arena;
pub mod compressed;
pub mod lazy;
pub mod mem_size;
mod pool;
pub mod presize;
mod reclaim;
pub(crate) mod reclaimable;
#[cfg(feature = "track")]
mod region_chunks;
pub(crate) mod stream;

pub use self::lazy::{Cache, Evictable, HeldBytes, Lazy, Loaded, Singleton};
#[doc(hidden)]
pub use self::pool::Family;
pub use self::pool::{Limits, Pool, PoolGuard, Recycle};
pub use self::presize::{Learner, Presizable};
pub use self::reclaim::{Reclaimed, reclaim, set_purge};
pub use self::reclaimable::{Pressure, Reclaimable, register};
pub use self::stream::{ChunkReader, End, Spill, SpillBytes, Streamed, StreamedAsync};
