//! Programs live in `examples/`; this is the little they share: where real input is found.
#![forbid(unsafe_code)]

pub mod input;
