//! What validation decided for one function.

use syn::LitStr;

use crate::args::Budget;

/// Whether a function is measured.
pub(crate) enum Plan {
    /// Give it back as it is.
    Leave,
    /// Make it a site.
    Track(Spec),
}

/// The site a function becomes.
#[derive(Default)]
pub(crate) struct Spec {
    /// The user's own name for it.
    pub(crate) name: Option<LitStr>,
    pub(crate) budget: Option<Budget>,
    pub(crate) route: Route,
    /// The optimizer leaves it alone.
    pub(crate) no_apply: bool,
    /// Nobody asked for this function by itself: it may be switched off where it costs more than it
    /// tells.
    pub(crate) may_rest: bool,
}

/// Where the blocks of a function come from.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Route {
    /// From the allocator.
    #[default]
    Plain,
    /// From an arena of the thread.
    Arena,
    /// From free lists of the thread.
    Reuse,
}
