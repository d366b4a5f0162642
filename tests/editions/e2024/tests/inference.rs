//! What is inferred, in edition 2024.

#[path = "../../shapes/inference.rs"]
mod inference;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();
