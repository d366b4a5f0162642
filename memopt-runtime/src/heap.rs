//! The heap of the running process. Rooms: `dump` (reports written to files when something happens).

mod dump;

#[cfg(unix)]
pub use self::dump::dump_on_signal;
pub use self::dump::{Dumps, dump_above};
