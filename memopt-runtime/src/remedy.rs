//! Remedies: what changes how a program uses its memory.
//!
//! One file (and folder) a remedy. Rooms: `holder` (the list of everything that keeps memory for later, for
//! reports and for giving it back), [`lazy`] (loaded when first
//! read, let go when idle), [`presize`] (collections start where
//! they end), [`mod@reclaim`] (giving it all back). What is measured lives elsewhere; nothing here reads a counter of the hook.

pub(crate) mod holder;
pub mod lazy;
pub mod presize;
mod reclaim;

pub use self::holder::{Holder, Pressure, register};
pub use self::lazy::{Cache, HeldBytes, Lazy, Loaded, Singleton};
pub use self::presize::{Learner, Presizable};
pub use self::reclaim::{Reclaimed, reclaim, set_purge};
