//! What a request is judged by: the names by which the server may be asked, the form of a path, the
//! origin of a change, the pace, tokens, sessions, and what a route needs. Each file judges one of
//! them; `front/admit` asks them in their order.

mod host;
pub(crate) mod need;
pub(crate) mod origin;
mod pace;
pub(crate) mod path;
mod session;
pub(crate) mod token;

pub(crate) use self::host::Hosts;
pub(crate) use self::pace::Pace;
pub(crate) use self::session::Sessions;

use crate::role::Role;

/// What the sender of a request may do; `None` without a token where one is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Who(pub(crate) Option<Role>);
