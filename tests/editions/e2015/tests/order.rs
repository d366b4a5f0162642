//! What is dropped and when, in edition 2015.

extern crate memopt;

#[macro_use]
#[path = "../../shapes/log.rs"]
mod log;
#[path = "../../shapes/sync.rs"]
mod sync;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();
