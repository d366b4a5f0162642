//! The runtime with the feature `track` off: the same names, nothing counted, nothing kept.

use crate::report::{Concurrency, HeapReport, Report, Status};
use futures_core::Stream;
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Waker, Poll};

/// An open scope that counts nothing, as tracking is off; dropping it leaves the scope. It stays on
/// its thread, so that code builds alike with tracking on.
#[derive(Debug)]
#[must_use = "the scope ends when the guard is dropped; bind it: `let _scope = ..`"]
pub struct Scope {
    not_send: std::marker::PhantomData<*const ()>,
}

/// Enters a scope that counts nothing, as tracking is off.
#[inline(always)]
pub fn enter(_site: &'static Site) -> Scope {
    Scope { not_send: std::marker::PhantomData }
}

/// A site that is never entered.
#[derive(Debug)]
pub struct Site(());

impl Site {
    #[doc(hidden)]
    pub const fn off() -> Self {
        Self(())
    }
}

/// The static site of this place in the source.
#[macro_export]
macro_rules! site {
    ($name:literal) => {{
        const _: &str = $name;
        static __MEMOPT_SITE: $crate::__private::Site = $crate::__private::Site::off();
        &__MEMOPT_SITE
    }};
}

/// Enters a scope that counts nothing, as tracking is off.
#[macro_export]
macro_rules! scope {
    ($name:literal) => {
        $crate::__private::enter($crate::site!($name))
    };
}

pin_project! {
    /// The future or stream itself.
    #[must_use = "futures do nothing unless they are awaited"]
    #[derive(Debug)]
    pub struct Tracked<T> {
        #[pin]
        inner: T,
    }
}

#[cfg(feature = "tower")]
impl<T> Tracked<T> {
    pub(crate) fn started(_site: &'static Site, make: impl FnOnce() -> T) -> Self {
        Self { inner: make() }
    }
}

/// The site of every route; none is named.
#[cfg(feature = "tower")]
pub(crate) fn site_of_route(
    _name: impl FnOnce() -> std::borrow::Cow<'static, str>,
    _max: usize,
) -> &'static Site {
    static SITE: Site = Site::off();
    &SITE
}

impl<F: Future> Future for Tracked<F> {
    type Output = F::Output;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Waker<'_>) -> Poll<F::Output> {
        self.project().inner.poll(cx)
    }
}

impl<S: Stream> Stream for Tracked<S> {
    type Item = S::Item;

    #[inline(always)]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Waker<'_>) -> Poll<Option<S::Item>> {
        self.project().inner.poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

/// Tracks nothing.
pub trait TrackAlloc: Sized {
    /// Gives `self` back in a transparent wrapper.
    fn track_alloc(self, _site: &'static Site) -> Tracked<Self> {
        Tracked { inner: self }
    }
}

impl<T> TrackAlloc for T {}

/// The future or stream itself.
pub type InContext<F> = Tracked<F>;

/// A context that carries nothing.
#[derive(Clone, Debug)]
pub struct Context(());

impl Context {
    /// The empty context.
    pub fn current() -> Self {
        Self(())
    }

    /// Runs `work`.
    #[inline(always)]
    pub fn run<T>(&self, work: impl FnOnce() -> T) -> T {
        work()
    }

    /// Gives the future or stream back in a transparent wrapper.
    pub fn attach<F>(&self, inner: F) -> InContext<F> {
        Tracked { inner }
    }
}

/// What [`record`] gives: the value, and a report that says that tracking is off.
#[derive(Debug)]
#[non_exhaustive]
pub struct Recording<T> {
    /// What the closure or future gave.
    pub value: T,
    /// Empty, with [`Status::Off`].
    pub report: Report,
    /// Always 0.
    pub peak_bytes: u64,
    pub(crate) left: Left,
}

/// Nothing is known of any block.
#[derive(Debug)]
pub(crate) struct Left;

impl Left {
    /// Nothing.
    pub(crate) fn now(&self) -> Option<HeapReport> {
        let Self = self;
        None
    }
}

/// Runs `work`.
pub fn record<T>(work: impl FnOnce() -> T) -> Recording<T> {
    Recording { value: work(), report: report(), peak_bytes: 0, left: Left }
}

/// Awaits `future`.
pub async fn record_async<F: Future>(future: F) -> Recording<F::Output> {
    Recording { value: future.await, report: report(), peak_bytes: 0, left: Left }
}

/// An empty report with [`Status::Off`].
pub fn report() -> Report {
    Report::empty(Status::Off).with_reclaimable(crate::remedy::registry::reports())
}

/// An empty profile with [`Status::Off`].
pub fn concurrency() -> Concurrency {
    Concurrency::empty(Status::Off)
}

/// Observes nothing.
#[inline(always)]
pub fn observe<C: crate::Capacity + ?Sized>(_collection: &C) {}

/// Limits nothing.
pub fn set_record_limit(_bytes: usize) {}

/// Always 0.
pub fn memory_used() -> usize {
    0
}

/// Nothing is counted.
#[cfg(feature = "dump")]
pub(crate) fn live_bytes() -> Option<u64> {
    None
}

/// Runs `work`.
pub(crate) fn untracked<T>(work: impl FnOnce() -> T) -> T {
    work()
}
