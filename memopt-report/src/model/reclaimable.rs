//! What a remedy holds in memory for the program: pools, caches, lazily loaded values, arenas.

#[cfg(feature = "json")]
use serde::{Deserialize, Serialize};

/// A kind of change to the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize), serde(rename_all = "kebab-case"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Remedy {
    /// Keep used blocks and hand them out again.
    Pool,
    /// Allocate the blocks of one call from one arena.
    Arena,
    /// Ask for the final capacity at once.
    PreSize,
    /// Hold one item at a time instead of all.
    Stream,
    /// Allocate once, outside the call.
    Hoist,
    /// Load when first used.
    Lazy,
    /// Hold it compressed.
    Compress,
    /// Give unused capacity back.
    Shrink,
    /// Keep one buffer, clear it and fill it again.
    Reuse,
    /// Look at what is there instead of copying it.
    Borrow,
    /// Keep few small elements inside their owner, without a block.
    Inline,
    /// Let owners share one value, counted by reference.
    Share,
    /// Keep each distinct value once.
    Intern,
    /// Keep many small values in one buffer, and where each begins.
    Batch,
    /// Let a producer wait when its queue is full.
    Bound,
    /// Keep what a large variant of an enum holds in a block of its own.
    // Not `Box`: the compiler would then tell every `Box` of the program by its full path.
    #[cfg_attr(feature = "json", serde(rename = "box"))]
    Boxed,
}

impl Remedy {
    /// The remedy's name, as in the finding's code.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pool => "pool",
            Self::Arena => "arena",
            Self::PreSize => "pre-size",
            Self::Stream => "stream",
            Self::Hoist => "hoist",
            Self::Lazy => "lazy",
            Self::Compress => "compress",
            Self::Shrink => "shrink",
            Self::Reuse => "reuse",
            Self::Borrow => "borrow",
            Self::Inline => "inline",
            Self::Share => "share",
            Self::Intern => "intern",
            Self::Batch => "batch",
            Self::Bound => "bound",
            Self::Boxed => "box",
        }
    }
}

/// The state of one reclaimable: something that keeps memory so that the program need not ask for
/// it again.
///
/// Figures a kind of reclaimable does not have are 0.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ReclaimableReport {
    /// What it holds: a type's or function's name.
    pub name: String,
    /// The remedy it is part of.
    pub remedy: Remedy,
    /// Requests served from what was held.
    pub hits: u64,
    /// Requests for which something had to be made, loaded or grown.
    pub misses: u64,
    /// Objects now in the program's hands.
    pub live: u64,
    /// The most objects there were at once: in the program's hands and, of a pool, idle too.
    pub high_water: u64,
    /// Objects held for reuse.
    pub idle: u64,
    /// Bytes of the objects held for reuse.
    pub idle_bytes: u64,
    /// Objects that were freed instead of held: over a limit, evicted, trimmed.
    pub released: u64,
    /// Bytes of capacity that stayed unused, over all collections it started.
    #[cfg_attr(feature = "json", serde(default))]
    pub wasted_bytes: u64,
    /// Contended accesses that had to retry.
    pub contention: u64,
}

impl ReclaimableReport {
    /// A reclaimable that did nothing yet.
    pub fn new(name: impl Into<String>, remedy: Remedy) -> Self {
        Self {
            name: name.into(),
            remedy,
            hits: 0,
            misses: 0,
            live: 0,
            high_water: 0,
            idle: 0,
            idle_bytes: 0,
            released: 0,
            wasted_bytes: 0,
            contention: 0,
        }
    }

    /// Share (0 to 1) of the requests that were served from what was held; 0 where there were none.
    pub fn hit_rate(&self) -> f64 {
        let requests = self.hits + self.misses;
        if requests == 0 { 0.0 } else { self.hits as f64 / requests as f64 }
    }
}
