//! The store: what of the history is on disk, and what becomes of it when a disk fails.
//!
//! Rooms: [`place`] (names of files, other processes, what is left of them), [`tail`] (the newest
//! frames, a record each), [`database`] (closed blocks, names, states), [`chunk`] (their columns),
//! [`health`] (how it is), [`writer`] (the one who writes all of it, and degrades and recovers).
//!
//! # What is durable when
//!
//! | what | where | when |
//! |---|---|---|
//! | a frame, a state | a record at the end of the tail | at once, without waiting for the disk |
//! | a block of 120 frames; minutes and hours so far | a transaction of the database | when it closes |
//!
//! The tail begins anew after each transaction. A process that is killed loses nothing that it
//! appended: the next one reads the tail. A machine that loses power loses what its kernel had not
//! written, two minutes at most; the database is whole in any case.

mod chunk;
pub(super) mod database;
#[cfg(test)]
pub(super) mod faults;
pub(super) mod health;
mod place;
mod retention;
mod sum;
mod tail;
pub(super) mod writer;

#[cfg(test)]
mod tests;
