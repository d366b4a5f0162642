//! The heap by site and by stack: which blocks are in use, where they were allocated, how long
//! blocks live, who frees them.
//!
//! It is off at the start. [`start_sampling`] tracks a random part of all blocks, at a cost that
//! can stay on in production; [`start_exact`] tracks every block, for tests and staging.
//! [`snapshot`] reads the blocks that are tracked.
//!
//! ```
//! # #[global_allocator] static ALLOC: memopt::Alloc = memopt::Alloc::system();
//! # fn main() -> Result<(), memopt::Error> {
//! memopt::heap::start_exact()?;
//! let kept = vec![0u8; 1000];
//! let heap = memopt::heap::snapshot();
//! assert!(heap.call_paths.iter().any(|path| path.live.bytes >= 1000));
//! # drop(kept);
//! # Ok(())
//! # }
//! ```
//!
//! # Limits
//!
//! The tables have a fixed size, whatever the load. What does not fit is counted or named:
//!
//! | what | most | beyond |
//! |---|---|---|
//! | pairs of a chain of sites and a stack | 16,384 | in [`lost`](crate::report::HeapReport::lost) |
//! | scopes of a chain, frames of a stack | the innermost 24 and 48 | left out |
//! | sampled blocks in use of about 1 KiB and more, or aligned to more than 16 | 131,072 | in `lost` |
//! | threads told apart, by the first 15 bytes of their names | 511 | together, `(further threads)` |
//! | who freed whose: pairs of site and thread | 1,024 | together, in [`hand_offs_lost`](crate::report::HeapReport::hand_offs_lost) |
//! | contents looked at when a sampled block is freed | 1 KiB, of one above a page at its beginning and at a place drawn by chance, or up to eight from 256 KiB on | that stand for it |
//! | contents that a block is compared with | the last 4,096 | not equal |
//! | lifetimes | powers of two up to 39 h | longer ones are as 39 h |
//! | libraries | those loaded at the last report, or [`refresh_modules`] | stacks may end there |
//!
//! An entry tries 16 to 128 places of its table, so in a nearly full table some entries find no
//! free place.
//!
//! In exact mode the lifetime, the freeing scope, the contents and the usable size are recorded for
//! each block of 16 KiB and more, and for one in 16 of the smaller ones, drawn by chance. What is
//! live, at the peak and allocated is exact for all. A thread keeps its number until it ends, and
//! no later thread gets that number.
//!
//! Guides: [Find a leak](https://docs.rs/memopt/latest/memopt/docs/find_a_leak/)
//! and [Profile a service](https://docs.rs/memopt/latest/memopt/docs/profile_a_service/).

// Files: `sample` (what the hook does for a block), `tag` (what is noted of one), `side_table`
// (those that are not in the region), `call_path` and `call_paths` (figures by scopes and stack),
// `sums` (of blocks, weighed), `total` (the process's peak), `usable` (what the allocator makes of
// a size), `hand_offs`, `contents`, `threads`, `tables` (all of these), `read` (a report of them),
// `control` (start and stop); `unwind` (the calling thread's stack), `modules` (the executable and
// its libraries, and their unwind information), `walk` (how far a walk came), `symbols` (functions
// and lines, outside of the hook), `unsupported` (platforms where stacks are not taken).

#[cfg(feature = "track")]
mod call_path;
#[cfg(feature = "track")]
mod call_paths;
#[cfg(feature = "track")]
mod contents;
#[cfg(feature = "track")]
mod control;
#[cfg(not(feature = "track"))]
#[path = "heap/off.rs"]
mod control;
#[cfg(feature = "track")]
mod hand_offs;
#[cfg(all(
    feature = "track",
    target_os = "linux",
    feature = "heap",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
))]
#[doc(hidden)]
pub mod modules;
#[cfg(feature = "track")]
mod read;
#[cfg(feature = "track")]
mod sample;
#[cfg(feature = "track")]
mod side_table;
#[cfg(feature = "track")]
mod sums;
#[cfg(feature = "track")]
mod symbols;
#[cfg(feature = "track")]
mod tables;
#[cfg(feature = "track")]
mod tag;
#[cfg(feature = "track")]
mod threads;
#[cfg(feature = "track")]
mod total;
#[cfg(all(
    feature = "track",
    not(all(
        feature = "heap",
        target_os = "linux",
        any(target_arch = "x86_64", target_arch = "aarch64"),
        not(miri)
    ))
))]
mod unsupported;
#[cfg(all(
    feature = "track",
    target_os = "linux",
    feature = "heap",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
))]
#[doc(hidden)]
pub mod unwind;
#[cfg(feature = "track")]
mod usable;
#[cfg(feature = "track")]
mod walk;

#[cfg(all(feature = "dump", not(feature = "track")))]
pub(crate) use self::control::keep_up;
#[cfg(feature = "track")]
pub(crate) use self::control::{NO_STACKS, TAKES_STACKS, known, left_by};
pub(crate) use self::control::{how_to_see_stacks, is_exact, lost};
pub use self::control::{
    is_on, snapshot, start_exact, start_exact_with_stacks, start_sampling, stop,
};
#[cfg(not(feature = "track"))]
pub use self::control::{refresh_modules, resolve, set_usable_size};
#[cfg(all(feature = "dump", feature = "track"))]
pub(crate) use self::modules::keep_up;
#[cfg(feature = "track")]
pub use self::modules::refresh as refresh_modules;
#[cfg(feature = "track")]
pub(crate) use self::sample::{Begin, New, Place, begin, end_beside, end_inside, inside};
#[cfg(feature = "track")]
pub use self::symbols::resolve;
#[cfg(all(
    feature = "track",
    not(all(
        feature = "heap",
        target_os = "linux",
        any(target_arch = "x86_64", target_arch = "aarch64"),
        not(miri)
    ))
))]
#[doc(hidden)]
pub use self::unsupported::{modules, unwind};
#[cfg(feature = "track")]
pub use self::usable::set_usable_size;
