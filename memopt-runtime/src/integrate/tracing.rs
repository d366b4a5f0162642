//! Allocations by span: every span of [`tracing`](https://docs.rs/tracing) becomes a site, with no
//! attribute of ours.
//!
//! ```
//! use tracing_subscriber::layer::SubscriberExt;
//!
//! # #[global_allocator] static ALLOC: memopt::Alloc = memopt::Alloc::system();
//! let subscriber = tracing_subscriber::registry().with(memopt::integrate::tracing::layer());
//! tracing::subscriber::with_default(subscriber, || {
//!     tracing::info_span!("decode").in_scope(|| vec![0u8; 1000]);
//! });
//! # #[cfg(feature = "track")] {
//! let report = memopt::report();
//! let site = report.sites().iter().find(|site| site.name.ends_with("::decode")).unwrap();
//! assert_eq!((site.calls, site.allocs.total(), site.bytes.total()), (1, 1, 1000));
//! # }
//! ```
//!
//! Guide: [Tracing and tower](https://docs.rs/memopt/latest/memopt/docs/tracing_and_tower/).

// Files: `filter` (which spans), `callsites` (their sites), `span_stack` (what each thread is in),
// `untracked` (a subscriber whose own memory is not counted).

#[cfg(feature = "track")]
mod callsites;
mod filter;
#[cfg(feature = "track")]
mod span_stack;
mod untracked;

pub use self::filter::Spans;
pub use self::untracked::Untracked;

use tracing_core::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Filtered;
use tracing_subscriber::registry::LookupSpan;
#[cfg(feature = "track")]
use {
    self::span_stack::Span,
    crate::untracked,
    std::sync::Arc,
    std::sync::atomic::{AtomicU64, Ordering::Relaxed},
    tracing_core::span::{Attributes, Id},
    tracing_subscriber::layer::Context,
};

/// An [`AllocLayer`] for the spans up to `INFO`, which is what most programs want.
///
/// Spans that no layer wants cost one load of a byte where the process has one subscriber, so what
/// is filtered away here and by the other layers costs nothing.
pub fn layer<S>() -> Filtered<AllocLayer, Spans, S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    AllocLayer::new().with_filter(Spans::default())
}

/// Counts what is allocated while a span is entered for a site made from its callsite: name
/// `target::name`, file and line.
///
/// Entering the span enters the site; exiting the span leaves it. A span counts as one call however
/// often it is entered, on whatever threads; the call ends when the span closes. So `#[instrument]`
/// on an `async fn` and `future.instrument(span)` give one call a future, as `#[track_alloc]`
/// would, and both nest in each other in the tree.
///
/// Spans may be exited in another order than they were entered: each gets what was allocated while
/// it was the innermost one.
///
/// # Examples
///
/// With a filter of your own; without one every span of every level is a site, and none is ever
/// disabled:
///
/// ```
/// use memopt::integrate::tracing::{AllocLayer, Spans};
/// use tracing_subscriber::layer::SubscriberExt;
/// use tracing_subscriber::{Layer, filter::LevelFilter};
///
/// let spans = Spans::up_to(LevelFilter::DEBUG).of_target("my_service");
/// let subscriber = tracing_subscriber::registry().with(AllocLayer::new().with_filter(spans));
/// # drop(subscriber);
/// ```
///
/// # Cost
///
/// A span that is entered and left takes 118 ns, where the registry alone takes 11. With making and
/// closing it takes 390 ns, where the registry takes 84. Most of it is look-ups in the registry:
/// two for the filter and one for the span. One site a callsite, never freed; two small blocks a
/// span while it is open.
///
/// # Limits
///
/// - What the registry and layers below allocate for events, and when a span is made or closed,
///   counts for the span around it. Wrap the whole subscriber in [`Untracked`] to leave it out.
/// - A call is counted where its span closes. If the span was entered elsewhere, the call and its
///   bytes are at different nodes of the tree. The figures of the site do not change.
/// - The tree shows the order of entry on a thread, not the parents of spans.
/// - `tracing` does not distinguish a dropped future from a finished one: nothing counts as
///   cancelled.
/// - A span that closes after the recording it was entered in has its traffic there and its call
///   outside.
/// - A [`scope!`](crate::scope) guard or context that is opened in a span and dropped after the
///   span was exited ends the span's call there.
#[derive(Debug)]
pub struct AllocLayer {
    /// Tells layers apart: ids are only unique in one registry.
    #[cfg(feature = "track")]
    number: u64,
}

impl AllocLayer {
    /// The layer, for every span that reaches it.
    pub fn new() -> Self {
        #[cfg(feature = "track")]
        static MADE: AtomicU64 = AtomicU64::new(0);
        Self {
            #[cfg(feature = "track")]
            number: MADE.fetch_add(1, Relaxed),
        }
    }
}

impl Default for AllocLayer {
    fn default() -> Self {
        Self::new()
    }
}

/// What the registry keeps for us with a span.
#[cfg(feature = "track")]
struct Kept(Arc<Span>);

#[cfg(feature = "track")]
impl<S> Layer<S> for AllocLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let site = callsites::site_of(attributes.metadata());
            untracked(|| span.extensions_mut().replace(Kept(Arc::new(Span::new(site)))));
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        let of = |kept: &Kept| kept.0.clone();
        let span = context.span(id).and_then(|span| span.extensions().get::<Kept>().map(of));
        if let Some(span) = span {
            span_stack::enter((self.number, id.into_u64()), span);
        }
    }

    fn on_exit(&self, id: &Id, _context: Context<'_, S>) {
        span_stack::leave((self.number, id.into_u64()));
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        // Taken out here, as the registry would free it where that is counted.
        let take = |span: tracing_subscriber::registry::SpanRef<'_, S>| {
            untracked(|| span.extensions_mut().remove::<Kept>()).map(|kept| kept.0)
        };
        if let Some(span) = context.span(&id).and_then(take) {
            span_stack::close((self.number, id.into_u64()), span);
        }
    }
}

#[cfg(not(feature = "track"))]
impl<S: Subscriber> Layer<S> for AllocLayer {}
