//! What is inferred, in edition 2021.

#[rustfmt::skip] // Formatted where the edition is the newest.
#[path = "../../shapes/inference.rs"]
mod inference;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();
