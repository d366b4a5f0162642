//! The heap by site and by stack.
//!
//! Rooms: `unwind` (the calling thread's stack), `modules` (the executable and its libraries, and their unwind
//! information), `walk` (how far a walk came), `symbols` (functions and lines, outside of the hook), `trim` (lines that
//! are not the person's own), `elsewhere` (platforms where stacks are not taken), `dump` (reports written to files when
//! something happens).

mod dump;
#[cfg(all(
    feature = "track",
    not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))
))]
mod elsewhere;
#[cfg(all(
    feature = "track",
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
))]
#[doc(hidden)]
pub mod modules;
#[cfg(feature = "track")]
mod symbols;
mod trim;
#[cfg(all(
    feature = "track",
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
))]
#[doc(hidden)]
pub mod unwind;
#[cfg(feature = "track")]
mod walk;

#[cfg(unix)]
pub use self::dump::dump_on_signal;
pub use self::dump::{Dumps, dump_above};
#[cfg(all(
    feature = "track",
    not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))
))]
#[doc(hidden)]
pub use self::elsewhere::{modules, unwind};
