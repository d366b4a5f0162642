//! The arguments of each attribute, as typed values with their spans.
//!
//! Only spelling is judged here: known keys, one of each, a value of the right kind. Whether an
//! argument fits the item it stands on is for [`crate::validate`]. Every message quotes the thing,
//! states the rule, then the remedy.

mod lazy;
mod list;
mod main;
mod mem_size;
mod pool;
mod presize;
mod quantity;
mod streamed;
mod test;
mod track;

pub(crate) use lazy::{LazyArgs, LazyFieldArgs};
pub(crate) use main::MainArgs;
pub(crate) use mem_size::MemSizeArgs;
pub(crate) use pool::{PoolArgs, PoolFieldArgs};
pub(crate) use presize::PresizeArgs;
pub(crate) use streamed::StreamedArgs;
pub(crate) use test::TestArgs;
pub(crate) use track::{Budget, TrackArgs};
