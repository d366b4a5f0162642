//! `cargo run --release --example service`: a shop that is watched, with its pages.
//!
//! A package of its own: the other examples build without the crates of a web server.
#![forbid(unsafe_code)]
