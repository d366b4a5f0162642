//! Scopes of async code: entered at each poll and around dropping the future.

use super::disorder;
use super::engine::{self, Entered};
use crate::alloc::local::Local;
use crate::record::{Frame, Measured};
use crate::site::Site;
use futures_core::Stream;
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Waker, Poll};

/// What a future did so far, over all its polls on whatever threads.
#[derive(Debug, Default)]
pub(super) struct SoFar {
    pub(super) measured: Measured,
    pub(super) polled: bool,
    pub(super) ended: bool,
}

impl SoFar {
    pub(super) fn add(&mut self, poll: &Measured) {
        let m = &mut self.measured;
        let live = m.bytes.wrapping_sub(m.freed).cast_signed();
        m.peak = m.peak.max(live.saturating_add(poll.peak.cast_signed()).max(0).cast_unsigned());
        m.allocs += poll.allocs;
        m.bytes += poll.bytes;
        m.frees += poll.frees;
        m.freed += poll.freed;
    }
}

/// How a poll, or the drop of a future, ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Pending,
    Ready,
    Cancelled,
    /// Dropped without a poll, or after a panic: no call.
    Dropped,
}

/// One entry of the scope; leaves it when dropped, so that a panic does too.
struct Entry<'a> {
    frame: *const Frame,
    so_far: &'a mut SoFar,
    /// `None` where it panicked.
    end: Option<End>,
}

impl<'a> Entry<'a> {
    #[inline(always)]
    fn new(site: &'static Site, so_far: &'a mut SoFar, entered: Entered) -> Self {
        Self { frame: Local::with_address(|local| engine::open(local, site, entered)), so_far, end: None }
    }
}

impl Drop for Entry<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        if !self.frame.is_null() {
            Local::with_address(|local| leave(local, self.frame, self.so_far, self.end));
        }
    }
}

/// Leaves a poll.
///
/// PERF: as the exit of a guard, straight code for a poll that is neither recursive, timed, carried, over budget nor unwound.
#[inline(always)]
fn leave(local: &Local, frame: *const Frame, so_far: &mut SoFar, end: Option<End>) {
    let goes_on = end == Some(End::Pending);
    if !engine::is_plain_top(local, frame) || !(goes_on || end == Some(End::Ready)) {
        return leave_slowly(local, frame, so_far, end);
    }
    // SAFETY: the innermost open frame of this thread, without flags.
    let (node, measured) = unsafe {
        let node = (*frame).node();
        (node, engine::pop_plain(local, frame, node, goes_on))
    };
    so_far.polled = true;
    if let Some(measured) = measured {
        so_far.add(&measured);
    }
    if !goes_on {
        so_far.ended = true;
        engine::record_call(local, node, Some(so_far.measured).filter(|m| !m.is_idle()));
    }
}

#[cold]
#[inline(never)]
fn leave_slowly(local: &Local, frame: *const Frame, so_far: &mut SoFar, end: Option<End>) {
    if frame != local.top() && !disorder::close_above(local, frame) {
        return;
    }
    // SAFETY: the innermost open frame of this thread.
    let (node, (mut leaving, measured)) = unsafe { ((*frame).node(), engine::pop(local, frame)) };
    so_far.add(&measured);
    so_far.polled = true;
    // Polls are timed, not whole calls: a future may be pending for hours.
    engine::note_time(local, node, &mut leaving);
    match end {
        Some(End::Pending | End::Dropped) => return,
        Some(End::Ready) => leaving.panicked = false,
        Some(End::Cancelled) => leaving.cancelled = true,
        None => leaving.panicked = true,
    }
    so_far.ended = true;
    engine::finish(local, node, leaving, so_far.measured);
}

pin_project! {
    /// A future or stream whose polls are a scope. Made by [`TrackAlloc::track_alloc`] and by the attribute on
    /// an `async fn`.
    ///
    /// All polls together are one call; it ends when the future is ready (a stream: when it ends) or is
    /// dropped. A future dropped between polls counts as cancelled.
    ///
    /// # Cost
    ///
    /// About 12 ns a poll and 64 bytes of the future; nothing is allocated through the wrapped allocator.
    #[must_use = "futures do nothing unless they are awaited"]
    #[derive(Debug)]
    pub struct Tracked<T> {
        #[pin]
        inner: Option<T>,
        site: &'static Site,
        so_far: SoFar,
    }

    impl<T> PinnedDrop for Tracked<T> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.inner.is_none() {
                return;
            }
            let cancelled = this.so_far.polled && !this.so_far.ended;
            let mut entry = Entry::new(this.site, this.so_far, Entered::Call);
            entry.end = Some(if cancelled { End::Cancelled } else { End::Dropped });
            this.inner.set(None);
        }
    }
}

impl<T> Tracked<T> {
    pub(crate) fn new(inner: T, site: &'static Site) -> Self {
        Self { inner: Some(inner), site, so_far: SoFar::default() }
    }

    /// A future that `make` makes: what that does is part of the call, like a poll.
    #[cfg(feature = "tower")]
    pub(crate) fn started(site: &'static Site, make: impl FnOnce() -> T) -> Self {
        let mut so_far = SoFar::default();
        let mut entry = Entry::new(site, &mut so_far, Entered::Poll);
        let inner = make();
        entry.end = Some(End::Pending);
        drop(entry);
        Self { inner: Some(inner), site, so_far }
    }
}

/// What is polled again after its end, like the futures of an `async fn`.
const ENDED: &str = "a tracked future was polled after it was ready";

impl<F: Future> Future for Tracked<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Waker<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let mut entry = Entry::new(this.site, this.so_far, Entered::Poll);
        let poll = this.inner.as_mut().as_pin_mut().expect(ENDED).poll(cx);
        if poll.is_ready() {
            // Dropped within the scope: what the future captured is freed in it.
            this.inner.set(None);
        }
        entry.end = Some(if poll.is_ready() { End::Ready } else { End::Pending });
        poll
    }
}

impl<S: Stream> Stream for Tracked<S> {
    type Item = S::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Waker<'_>) -> Poll<Option<S::Item>> {
        let mut this = self.project();
        let Some(inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let mut entry = Entry::new(this.site, this.so_far, Entered::Poll);
        let poll = inner.poll_next(cx);
        let ended = matches!(poll, Poll::Ready(None));
        if ended {
            this.inner.set(None);
        }
        entry.end = Some(if ended { End::Ready } else { End::Pending });
        poll
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}

/// Tracks any future or stream as a call of a site.
///
/// ```
/// use memopt_runtime::{TrackAlloc, site};
///
/// async fn fetch() -> Vec<u8> {
///     let body = async { vec![0; 1000] };
///     body.track_alloc(site!("body")).await
/// }
/// ```
pub trait TrackAlloc: Sized {
    /// Makes the polls of `self` a call of `site`.
    fn track_alloc(self, site: &'static Site) -> Tracked<Self> {
        Tracked::new(self, site)
    }
}

impl<T> TrackAlloc for T {}
