//! A crate through which others use memopt.

pub use memopt;
