//! Entering and leaving sites: in a block, over the polls of a future, on another thread.
//!
//! Rooms: [`engine`] (the work of entry and exit), [`disorder`] (guards not dropped in order), [`guard`] (a block), [`future`] (polls), [`context`] (other
//! threads and tasks), `part` (spans), [`recording`] (a part read alone), [`observe`] (capacity in use), [`macros`].

mod context;
mod disorder;
mod engine;
mod future;
mod guard;
mod macros;
mod observe;
#[cfg(feature = "tracing")]
mod part;
mod recording;

pub use self::context::{Context, InContext};
pub use self::future::{TrackAlloc, Tracked};
pub use self::guard::{Scope, enter};
pub use self::observe::observe;
pub use self::recording::{Recording, record, record_async};

pub(crate) use self::disorder::close_all;
pub(crate) use self::engine::is_treated;
#[cfg(feature = "tracing")]
pub(crate) use self::part::{Call, Part};
