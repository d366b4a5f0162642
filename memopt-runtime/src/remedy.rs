//! Remedies: what changes how a program uses its memory.
//!
//! One file (and folder) a remedy. Rooms: `holder` (the list of everything that keeps memory for later, for
//! reports and for giving it back). What is measured lives elsewhere; nothing here reads a counter of the hook.

pub(crate) mod holder;
pub(crate) mod stream;

pub use self::holder::{Holder, Pressure, register};
pub use self::stream::{ChunkReader, End, Spill, SpillBytes, Streamed, StreamedAsync};
