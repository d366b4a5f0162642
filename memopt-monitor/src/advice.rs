//! What to say about it all: what is worth doing, and what changed in a marked window.
//!
//! Everything here is a pure function over series. It reads no clock and no counter.

pub mod changed;
pub mod recommend;
