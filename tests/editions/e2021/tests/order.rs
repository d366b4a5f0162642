//! What is dropped and when, in edition 2021.

#[macro_use]
#[rustfmt::skip] // Formatted where the edition is the newest.
#[path = "../../shapes/log.rs"]
mod log;
#[rustfmt::skip] // Formatted where the edition is the newest.
#[path = "../../shapes/asynchronous.rs"]
mod asynchronous;
#[rustfmt::skip] // Formatted where the edition is the newest.
#[path = "../../shapes/sync.rs"]
mod sync;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();
