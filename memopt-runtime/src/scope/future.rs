//! Scopes of async code: entered at each poll and around dropping the future.

use super::disorder;
use super::engine::{self, Entered};
use crate::alloc::local::Local;
use crate::record::{Frame, Measured, Node};
use crate::site::Site;
use crate::tasks::{self, Task};
use futures_core::Stream;
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Waker, Poll};

/// What a future did so far, over all its polls on whatever threads.
#[derive(Debug)]
struct SoFar {
    measured: Measured,
    site: &'static Site,
    /// Its entry among the futures alive, from its first pending poll to its end, where it is not part of another.
    task: Option<&'static Task>,
    polled: bool,
    ended: bool,
    /// It is a task of its own, whatever polls it.
    spawned: bool,
}

impl SoFar {
    fn new(site: &'static Site, spawned: bool) -> Self {
        Self { measured: Measured::default(), site, task: None, polled: false, ended: false, spawned }
    }

    /// Bytes allocated in its polls less those freed in them, as a signed number.
    fn held(&self) -> u64 {
        self.measured.bytes.wrapping_sub(self.measured.freed)
    }

    /// It is pending, after a poll in `node`: notes that with its entry, which it gets at the first time.
    ///
    /// PERF: 7 instructions for a future that has an entry; 25 and, in the worst case, 5 ns of the clock for one that gets it.
    #[inline(always)]
    fn stays(&mut self, local: &Local, node: &Node, size: u32) {
        let tasks = &local.tasks;
        if let Some(task) = self.task {
            task.polled(tasks.take_waits());
        } else if self.polled || self.is_part(local) {
            tasks.waits_in(node);
        } else if let Some(task) = tasks.take() {
            task.enter(self.site, node, tasks.take_waits(), tasks.birth(), size);
            self.task = Some(task);
        }
        self.polled = true;
    }

    /// Whether it is polled by another tracked future, once its own frame is closed.
    #[inline(always)]
    fn is_part(&self, local: &Local) -> bool {
        // SAFETY: the frame below one that was just closed; its node is one of this thread.
        let outermost = unsafe { &*local.own_top() }.node().is_root();
        !outermost && !self.spawned && engine::is_within_a_future(local)
    }

    /// It has ended, on a thread that keeps entries.
    #[inline(always)]
    fn ends(&mut self, local: &Local) {
        self.ended = true;
        local.tasks.goes_on();
        if let Some(task) = self.task.take() {
            local.tasks.give(task);
        }
    }

    /// It has ended where no scope can be entered.
    #[cold]
    #[inline(never)]
    fn ends_unseen(&mut self) {
        if let Some(task) = self.task.take() {
            tasks::give_shared(task);
        }
    }

    fn add(&mut self, poll: &Measured) {
        let m = &mut self.measured;
        let live = m.bytes.wrapping_sub(m.freed).cast_signed();
        m.peak = m.peak.max(live.saturating_add(poll.peak.cast_signed()).max(0).cast_unsigned());
        m.allocs += poll.allocs;
        m.bytes += poll.bytes;
        m.frees += poll.frees;
        m.freed += poll.freed;
        if let Some(task) = self.task {
            task.holds(self.held());
        }
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
    /// Of the future, bytes.
    size: u32,
    /// `None` where it panicked.
    end: Option<End>,
}

impl<'a> Entry<'a> {
    #[inline(always)]
    fn new(so_far: &'a mut SoFar, entered: Entered, size: usize) -> Self {
        let frame = Local::with_address(|local| engine::open(local, so_far.site, entered));
        Self { frame, so_far, size: size as u32, end: None }
    }
}

impl Drop for Entry<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        if !self.frame.is_null() {
            Local::with_address(|local| leave(local, self.frame, self.so_far, self.end, self.size));
        } else if self.end != Some(End::Pending) {
            self.so_far.ends_unseen();
        }
    }
}

/// Leaves a poll.
///
/// PERF: as the exit of a guard, straight code for a poll that is neither recursive, timed, carried, over budget nor unwound.
#[inline(always)]
fn leave(local: &Local, frame: *const Frame, so_far: &mut SoFar, end: Option<End>, size: u32) {
    let goes_on = end == Some(End::Pending);
    if !engine::is_plain_top(local, frame) || !(goes_on || end == Some(End::Ready)) {
        return leave_slowly(local, frame, so_far, end, size);
    }
    // SAFETY: the innermost open frame of this thread, without flags.
    let (node, measured) = unsafe {
        let node = (*frame).node();
        (node, engine::pop_plain(local, frame, node, goes_on))
    };
    if goes_on {
        so_far.stays(local, node, size);
    }
    if let Some(measured) = measured {
        so_far.add(&measured);
    }
    if !goes_on {
        so_far.ends(local);
        engine::record_call(local, node, Some(so_far.measured).filter(|m| !m.is_idle()));
    }
}

#[cold]
#[inline(never)]
fn leave_slowly(local: &Local, frame: *const Frame, so_far: &mut SoFar, end: Option<End>, size: u32) {
    if frame != local.top() && !disorder::close_above(local, frame) {
        if end != Some(End::Pending) {
            so_far.ends(local);
        }
        return;
    }
    // SAFETY: the innermost open frame of this thread.
    let (node, (mut leaving, measured)) = unsafe { ((*frame).node(), engine::pop(local, frame)) };
    // Polls are timed, not whole calls: a future may be pending for hours.
    engine::note_time(local, node, &mut leaving);
    if end == Some(End::Pending) {
        so_far.stays(local, node, size);
        so_far.add(&measured);
        return;
    }
    so_far.add(&measured);
    so_far.polled = true;
    so_far.ends(local);
    match end {
        Some(End::Pending | End::Dropped) => return,
        Some(End::Ready) => leaving.panicked = false,
        Some(End::Cancelled) => leaving.cancelled = true,
        None => leaving.panicked = true,
    }
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
        so_far: SoFar,
    }

    impl<T> PinnedDrop for Tracked<T> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.inner.is_none() {
                return;
            }
            let cancelled = this.so_far.polled && !this.so_far.ended;
            let mut entry = Entry::new(this.so_far, Entered::Call, size_of::<Tracked<T>>());
            entry.end = Some(if cancelled { End::Cancelled } else { End::Dropped });
            this.inner.set(None);
        }
    }
}

impl<T> Tracked<T> {
    pub(crate) fn new(inner: T, site: &'static Site) -> Self {
        Self { inner: Some(inner), so_far: SoFar::new(site, false) }
    }

    /// One that is a task of its own, whatever polls it.
    #[cfg(feature = "tokio")]
    pub(crate) fn spawned(inner: T, site: &'static Site) -> Self {
        Self { inner: Some(inner), so_far: SoFar::new(site, true) }
    }
}

/// What is polled again after its end, like the futures of an `async fn`.
const ENDED: &str = "a tracked future was polled after it was ready";

impl<F: Future> Future for Tracked<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Waker<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let mut entry = Entry::new(this.so_far, Entered::Poll, size_of::<Self>());
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
        let mut entry = Entry::new(this.so_far, Entered::Poll, size_of::<Self>());
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
