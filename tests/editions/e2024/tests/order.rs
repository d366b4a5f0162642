//! What is dropped and when, in edition 2024.

#[macro_use]
#[path = "../../shapes/log.rs"]
mod log;
#[path = "../../shapes/asynchronous.rs"]
mod asynchronous;
#[path = "../../shapes/sync.rs"]
mod sync;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();
