//! The in-process runtime of memopt: allocator, scopes, records, reports and detectors.
//!
//! Use it through the `memopt` crate. It is passive: it starts no thread and opens no socket.

pub mod detect;
mod error;
pub mod export;
pub mod report;

pub use self::error::Error;
