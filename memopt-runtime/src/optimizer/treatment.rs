//! How a remedy is applied while the program runs.

use crate::report::Remedy;
use crate::thread::route::Route;

/// What is done with the calls of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Treatment {
    /// Small blocks of the calls from an arena.
    Arena,
    /// Small blocks of the calls from free lists.
    Magazine,
    /// Marked collections of the calls start at their learned size.
    PreSize,
}

impl Treatment {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Arena => "arena",
            Self::Magazine => "magazine",
            Self::PreSize => "pre-size",
        }
    }

    pub(super) fn remedy(self) -> Remedy {
        match self {
            Self::Arena => Remedy::Arena,
            Self::Magazine => Remedy::Reuse,
            Self::PreSize => Remedy::PreSize,
        }
    }

    pub(super) fn route(self) -> Route {
        match self {
            Self::Arena => Route::Bump,
            Self::Magazine => Route::Slab,
            Self::PreSize => Route::PreSize,
        }
    }
}

/// Those to try for a remedy, the likelier first.
pub(super) fn treatments(remedy: Remedy) -> &'static [Treatment] {
    match remedy {
        Remedy::Arena => &[Treatment::Arena, Treatment::Magazine],
        Remedy::Pool
        | Remedy::Hoist
        | Remedy::Reuse
        | Remedy::Borrow
        | Remedy::Share
        | Remedy::Inline => &[Treatment::Magazine, Treatment::Arena],
        Remedy::PreSize => &[Treatment::PreSize],
        _ => &[],
    }
}
