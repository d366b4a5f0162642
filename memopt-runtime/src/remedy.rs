//! Remedies: what changes how a program uses its memory.
//!
//! One file (and folder) a remedy. Rooms: [`arena`] (blocks that end together), [`compressed`] (values that are seldom
//! read), [`mem_size`] (how large a value is and why), `holder` (the list of everything that keeps memory for later,
//! for reports and for giving it back). What is measured lives elsewhere; nothing here reads a counter of the hook.

pub mod arena;
pub mod compressed;
pub(crate) mod holder;
pub mod mem_size;

pub use self::holder::{Holder, Pressure, register};
