//! Stream: hold one item at a time instead of all.
//!
//! [`Streamed`] and [`StreamedAsync`] are what `#[memopt::streamed]` makes of a function that fills
//! a `Vec`; [`ChunkReader`] is for the input of such a function, [`Spill`] and [`SpillBytes`] for
//! what must be kept whole and may not fit.
//!
//! # How a function becomes an iterator
//!
//! Stable Rust has one way to leave a function in its middle and come back: `.await`. So the body
//! becomes an `async` block on the caller's own thread, and `out.push(row)` becomes: put the row
//! into a slot, and wait until there is room again. `next` polls the block with a waker that does
//! nothing until it stops at a full slot, and takes the item out. There is no thread, no channel,
//! no lock and no atomic; the compiler sees through all of it. The block and its slot lie in one
//! heap block, made when the function is called, because an iterator is moved before it is used and
//! a block that borrows from itself must not be.
//!
//! Rooms: `slot` (where items wait), `body` (the block, polled), `sender` (what the body sees),
//! `end` (what a body may return), `iter` and `asynchronous` (the two faces), `chunks` and
//! `buffers` (the reader), `spill`. `unsafe` is in `slot`, `body` and `sender` only.

mod asynchronous;
mod body;
mod buffers;
mod chunks;
mod end;
mod find;
mod iter;
mod sender;
mod slot;
#[cfg(feature = "spill")]
mod spill;
#[cfg(test)]
mod tests;

pub use self::asynchronous::{StreamedAsync, streamed_async};
pub use self::chunks::ChunkReader;
pub use self::end::End;
pub use self::iter::{Streamed, streamed};
pub use self::sender::{Sender, capacity};
#[cfg(feature = "spill")]
pub use self::spill::{Spill, SpillBytes};
