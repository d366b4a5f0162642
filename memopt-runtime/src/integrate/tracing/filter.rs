//! Which spans become sites.

use tracing_core::subscriber::Interest;
use tracing_core::{LevelFilter, Metadata};
use tracing_subscriber::layer::{Context, Filter};

/// A filter for [`AllocLayer`](super::AllocLayer): spans up to a level, of all targets or of some;
/// no events.
///
/// It is a filter of one layer: other layers still get what it leaves out.
///
/// Up to `INFO` by default, which is the level of `#[instrument]`: at `DEBUG` and `TRACE` libraries
/// mark their inner loops (`h2` one span a frame), which costs time and cuts a request into figures
/// nobody reads.
///
/// With the feature `track` off it wants no span at all.
#[derive(Clone, Debug)]
pub struct Spans {
    level: LevelFilter,
    /// All of them where it is empty.
    targets: Vec<String>,
}

impl Default for Spans {
    fn default() -> Self {
        Self::up_to(LevelFilter::INFO)
    }
}

impl Spans {
    /// Spans of `level` and less verbose ones.
    pub fn up_to(level: LevelFilter) -> Self {
        Self { level, targets: Vec::new() }
    }

    /// Only those of this target and of the modules below it; called again, of that one too.
    #[must_use]
    pub fn of_target(mut self, target: impl Into<String>) -> Self {
        self.targets.push(target.into());
        self
    }

    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        let below = |target: &String| {
            metadata
                .target()
                .strip_prefix(&**target)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        cfg!(feature = "track")
            && metadata.is_span()
            && *metadata.level() <= self.level
            && (self.targets.is_empty() || self.targets.iter().any(below))
    }
}

impl<S> Filter<S> for Spans {
    fn enabled(&self, metadata: &Metadata<'_>, _context: &Context<'_, S>) -> bool {
        self.wants(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.wants(metadata) { Interest::always() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(if cfg!(feature = "track") { self.level } else { LevelFilter::OFF })
    }
}
