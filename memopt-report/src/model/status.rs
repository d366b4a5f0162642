//! Whether the figures of a report mean anything.

#[cfg(feature = "json")]
use serde::{Deserialize, Serialize};

/// Whether the figures of a report mean anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize), serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Status {
    /// `memopt::Alloc` is the global allocator and counts.
    #[default]
    Counting,
    /// `memopt::Alloc` is not the global allocator: calls are counted, bytes and blocks cannot be.
    NotInstalled,
    /// Built without the feature `track`: nothing is counted.
    Off,
}

impl Status {
    /// What a reader has to know before the figures, if anything.
    pub fn notice(self) -> Option<&'static str> {
        match self {
            Self::Counting => None,
            Self::NotInstalled => Some(
                "memopt::Alloc is not the global allocator: bytes and blocks are unknown, not \
                 zero\nhelp: add `#[global_allocator] static ALLOC: memopt::Alloc = \
                 memopt::Alloc::system();` to the binary",
            ),
            Self::Off => Some(
                "memopt is built without its feature `track`: nothing was counted\n\
                 help: depend on memopt with default features, or with `features = [\"track\"]`",
            ),
        }
    }
}
