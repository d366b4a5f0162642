//! Scopes of async code: entered at each poll and around dropping the future.

use super::entry::{self, Entered};
use super::exit::{self, After, Way};
use super::out_of_order;
use crate::record::{Frame, Node};
use crate::site::{Measured, Site};
use crate::tasks::{self, Task};
use crate::thread::state::ThreadState;
use futures_core::Stream;
use pin_project_lite::pin_project;
use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{Context as Waker, Poll};

/// What a future did so far, over all its polls on whatever threads.
#[derive(Debug)]
struct SoFar {
    measured: Measured,
    site: &'static Site,
    /// Its entry among the futures alive, from its first pending poll to its end, where it is not
    /// part of another.
    task: Option<&'static Task>,
    polled: bool,
    ended: bool,
    /// It is a task of its own, whatever polls it.
    spawned: bool,
}

impl SoFar {
    fn new(site: &'static Site, spawned: bool) -> Self {
        Self {
            measured: Measured::default(),
            site,
            task: None,
            polled: false,
            ended: false,
            spawned,
        }
    }

    /// Bytes allocated in its polls less those freed in them, as a signed number.
    fn held(&self) -> u64 {
        self.measured.bytes.wrapping_sub(self.measured.freed)
    }

    /// It is pending, after a poll in `node`: notes that with its entry, which it gets at the first
    /// time.
    ///
    /// PERF: 6 instructions for a future that has an entry.
    #[inline(always)]
    fn stays(&mut self, thread: &ThreadState, node: &Node, size: u32) {
        if let Some(task) = self.task {
            task.polled(thread.tasks.take_waits());
            task.holds(self.held());
        } else if self.polled {
            thread.tasks.waits_in(node);
        } else {
            self.stays_first(thread, node, size);
        }
    }

    /// PERF: apart, so that the polls after it save no registers.
    #[inline(never)]
    fn stays_first(&mut self, thread: &ThreadState, node: &Node, size: u32) {
        self.polled = true;
        let tasks = &thread.tasks;
        if self.is_part(thread) {
            tasks.waits_in(node);
        } else if let Some(task) = tasks.take() {
            let born = tasks.birth();
            task.enter(self.site, node, tasks.take_waits(), born, self.held(), size);
            self.task = Some(task);
        }
    }

    /// Whether it is polled by another tracked future, once its own frame is closed.
    #[inline(always)]
    fn is_part(&self, thread: &ThreadState) -> bool {
        // SAFETY: the frame below one that was just closed; its node is one of this thread.
        let outermost = unsafe { &*thread.own_top() }.node().is_root();
        !outermost && !self.spawned && entry::is_within_a_future(thread)
    }

    /// It has ended, on a thread that keeps entries.
    #[inline(always)]
    fn ends(&mut self, thread: &ThreadState) {
        self.ended = true;
        thread.tasks.goes_on();
        if let Some(task) = self.task.take() {
            thread.tasks.give(task);
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
        add_part(&mut self.measured, poll);
    }
}

/// Adds what a part of a call did to what those before it did.
pub(super) fn add_part(m: &mut Measured, part: &Measured) {
    let live = m.bytes.wrapping_sub(m.freed).cast_signed();
    m.peak = m.peak.max(live.saturating_add(part.peak.cast_signed()).max(0).cast_unsigned());
    m.allocs += part.allocs;
    m.bytes += part.bytes;
    m.frees += part.frees;
    m.freed += part.freed;
}

/// How a poll, or the drop of a future, ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Pending,
    Ready,
    Cancelled,
    /// A poll of it panicked.
    Panicked,
    /// Dropped without a poll, or after a panic: no call.
    Dropped,
}

/// One entry of the scope; dropped where a future is dropped before its end, or panics.
struct Entry<'a> {
    frame: *const Frame,
    so_far: &'a mut SoFar,
    /// Of the future, bytes.
    size: u32,
    /// How the future ends if the entry is dropped.
    dropped: End,
}

impl<'a> Entry<'a> {
    #[inline(always)]
    fn poll(so_far: &'a mut SoFar, size: usize) -> Self {
        Self { frame: enter_poll(so_far.site), so_far, size: size as u32, dropped: End::Panicked }
    }

    /// One around the drop of a future that has not ended.
    #[inline(always)]
    fn dropping(so_far: &'a mut SoFar, size: usize) -> Self {
        let cancelled = so_far.polled && !so_far.ended;
        let end = if cancelled { End::Cancelled } else { End::Dropped };
        Self { frame: enter_drop(so_far.site), so_far, size: size as u32, dropped: end }
    }

    /// Leaves a poll.
    #[inline(always)]
    fn leave(self, goes_on: bool) {
        let mut entry = ManuallyDrop::new(self);
        let (frame, size) = (entry.frame, entry.size);
        if goes_on {
            leave_pending(frame, entry.so_far, size);
        } else {
            leave_ready(frame, entry.so_far, size);
        }
    }
}

impl Drop for Entry<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        leave_slow_path(self.frame, self.so_far, self.dropped, self.size);
    }
}

#[inline(never)]
fn enter_poll(site: &'static Site) -> *const Frame {
    ThreadState::with_address(|thread| entry::open(thread, site, Entered::Poll))
}

#[cold]
#[inline(never)]
fn enter_drop(site: &'static Site) -> *const Frame {
    ThreadState::with_address(|thread| entry::open(thread, site, Entered::Call))
}

/// Leaves a poll after which the future goes on.
///
/// PERF: as the exit of a guard, straight code for a poll that is neither recursive, timed,
/// carried, over budget nor dropped, and a jump for every other.
#[inline(never)]
fn leave_pending(frame: *const Frame, so_far: &mut SoFar, size: u32) {
    ThreadState::with_address(|thread| {
        if frame.is_null() || !exit::is_plain_top(thread, frame) {
            return leave_slow_path(frame, so_far, End::Pending, size);
        }
        // SAFETY: the innermost open frame of this thread, without flags.
        let (node, measured) = unsafe {
            let node = (*frame).node();
            (node, exit::pop_plain(thread, frame, node, Way::Mixed, After::GoesOn))
        };
        if let Some(measured) = measured {
            so_far.add(&measured);
        }
        so_far.stays(thread, node, size);
    });
}

/// Leaves the last poll.
#[inline(never)]
fn leave_ready(frame: *const Frame, so_far: &mut SoFar, size: u32) {
    ThreadState::with_address(|thread| {
        if frame.is_null() || !exit::is_plain_top(thread, frame) {
            return leave_slow_path(frame, so_far, End::Ready, size);
        }
        // SAFETY: the innermost open frame of this thread, without flags.
        let (node, measured) = unsafe {
            let node = (*frame).node();
            (node, exit::pop_plain(thread, frame, node, Way::Mixed, After::Ended))
        };
        if let Some(measured) = measured {
            so_far.add(&measured);
        }
        so_far.ends(thread);
        exit::record_call(thread, node, Some(so_far.measured).filter(|m| !m.is_idle()));
    });
}

#[cold]
#[inline(never)]
fn leave_slow_path(frame: *const Frame, so_far: &mut SoFar, end: End, size: u32) {
    ThreadState::with(|thread| leave_in_any_case(thread, frame, so_far, end, size));
}

fn leave_in_any_case(
    thread: &ThreadState,
    frame: *const Frame,
    so_far: &mut SoFar,
    end: End,
    size: u32,
) {
    let goes_on = end == End::Pending;
    if frame.is_null() || (frame != thread.top() && !out_of_order::close_above(thread, frame)) {
        if !goes_on {
            so_far.ends_unseen();
        }
        return;
    }
    // SAFETY: the innermost open frame of this thread.
    let (node, (mut leaving, measured)) = unsafe { ((*frame).node(), exit::pop(thread, frame)) };
    so_far.add(&measured);
    // Polls are timed, not whole calls: a future may be pending for hours.
    exit::note_time(thread, node, &mut leaving);
    if goes_on {
        return so_far.stays(thread, node, size);
    }
    so_far.polled = true;
    match end {
        End::Pending | End::Dropped => {}
        End::Ready => leaving.panicked = false,
        End::Cancelled => leaving.cancelled = true,
        End::Panicked => leaving.panicked = true,
    }
    so_far.ends(thread);
    if end != End::Dropped {
        exit::finish(thread, node, leaving, so_far.measured);
    }
}

pin_project! {
    /// A future or stream whose polls are a scope. Made by [`TrackAlloc::track_alloc`] and by the
    /// attribute on an `async fn`.
    ///
    /// All polls together are one call; it ends when the future is ready (a stream: when it ends)
    /// or is dropped. A future dropped between polls counts as cancelled.
    ///
    /// # Cost
    ///
    /// About 13 ns a poll and 72 bytes of the future; nothing is allocated through the wrapped
    /// allocator.
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
            let entry = Entry::dropping(this.so_far, size_of::<Tracked<T>>());
            this.inner.set(None);
            drop(entry);
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

    /// A future that `make` makes: what that does is part of the call, like a poll.
    #[cfg(feature = "tower")]
    pub(crate) fn started(site: &'static Site, make: impl FnOnce() -> T) -> Self {
        let mut so_far = SoFar::new(site, false);
        let entry = Entry::poll(&mut so_far, size_of::<Self>());
        let inner = make();
        entry.leave(true);
        Self { inner: Some(inner), so_far }
    }
}

/// What is polled again after its end, like the futures of an `async fn`.
const ENDED: &str = "a tracked future was polled after it was ready";

impl<F: Future> Future for Tracked<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Waker<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let entry = Entry::poll(this.so_far, size_of::<Self>());
        let poll = this.inner.as_mut().as_pin_mut().expect(ENDED).poll(cx);
        if poll.is_ready() {
            // Dropped within the scope: what the future captured is freed in it.
            this.inner.set(None);
        }
        entry.leave(poll.is_pending());
        poll
    }
}

impl<S: Stream> Stream for Tracked<S> {
    type Item = S::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Waker<'_>) -> Poll<Option<S::Item>> {
        let mut this = self.project();
        let Some(inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let entry = Entry::poll(this.so_far, size_of::<Self>());
        let poll = inner.poll_next(cx);
        let ended = matches!(poll, Poll::Ready(None));
        if ended {
            this.inner.set(None);
        }
        entry.leave(!ended);
        poll
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}

/// Tracks any future or stream as a call of a site.
///
/// ```
/// use memopt::{TrackAlloc, site};
///
/// async fn fetch() -> Vec<u8> {
///     let body = async { vec![0; 1000] };
///     body.track_alloc(site!("body")).await
/// }
/// ```
///
/// Guide: [Async and threads](https://docs.rs/memopt/latest/memopt/docs/async_and_threads/).
pub trait TrackAlloc: Sized {
    /// Makes the polls of `self` a call of `site`.
    fn track_alloc(self, site: &'static Site) -> Tracked<Self> {
        Tracked::new(self, site)
    }
}

impl<T> TrackAlloc for T {}
