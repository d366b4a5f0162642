//! Remedies: what changes how a program uses its memory.
//!
//! One file (and folder) a remedy. Rooms: `holder` (the list of everything that keeps memory for later, for
//! reports and for giving it back), `pool` (used objects handed out again). What is measured lives elsewhere; nothing here reads a counter of the hook.

pub(crate) mod holder;
mod pool;

pub use self::holder::{Holder, Pressure, register};
#[doc(hidden)]
pub use self::pool::Family;
pub use self::pool::{Limits, Pool, PoolGuard, Recycle};
