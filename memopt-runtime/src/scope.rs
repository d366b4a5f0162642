//! Entering and leaving sites: in a block, over the polls of a future, on another thread.
//!
//! Rooms, each above those it uses: [`exit`] (the work of exit), [`out_of_order`] (guards not
//! dropped in order), `rest` (sites that are switched off), [`entry`] (the work of entry),
//! [`guard`] (a block), [`future`] (polls), [`awaited`] and [`body`] (the body of an async
//! function), [`context`] (other threads and tasks), `part` (spans), [`recording`] (a part read
//! alone), [`observe`] (capacity in use), [`macros`].

mod awaited;
mod body;
mod context;
mod entry;
mod exit;
mod future;
mod guard;
mod macros;
mod observe;
mod out_of_order;
#[cfg(feature = "tracing")]
mod part;
mod recording;
mod rest;

pub use self::awaited::PolledWith;
pub use self::body::{BodyScope, Turn, enter_body};
pub use self::context::{Context, InContext};
pub use self::future::{TrackAlloc, Tracked};
pub use self::guard::{Scope, ScopeUnlessOff, enter, enter_unless_off};
pub use self::observe::observe;
pub use self::recording::{Recording, record, record_async};

#[cfg(feature = "tracing")]
pub(crate) use self::part::{Call, Part};
