//! Carrying the open scope, and the recordings it is part of, to other threads and tasks.

use super::{entry, exit, out_of_order};
use crate::record::{self, Frame, RecordingId, Step};
use crate::thread::state::ThreadState;
use crate::thread::untracked::Untracked;
use futures_core::Stream;
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::ptr;
use std::sync::Arc;
use std::task::{Context as Waker, Poll};

/// The scope that was open where the context was made, and the recordings around it.
///
/// What another thread or a spawned task does belongs to its own root unless it runs in a context:
///
/// ```
/// let recording = memopt::record(|| {
///     let context = memopt::Context::current();
///     std::thread::spawn(move || context.run(|| vec![0u8; 100])).join().unwrap()
/// });
/// # assert_eq!(recording.value.len(), 100);
/// ```
///
/// # Cost
///
/// [`current`](Self::current) takes about 100 ns; [`run`](Self::run) about 20 ns, and 5 ns for each
/// scope of the chain.
///
/// # Limits
///
/// Carried work adds to the bytes and blocks of the scope, and not to its calls or its values per
/// call. A scope around [`run`](Self::run) counts what its own thread did while it was open, in
/// whatever context.
///
/// Guide: [Async and threads](https://docs.rs/memopt/latest/memopt/docs/async_and_threads/).
#[derive(Clone, Debug)]
pub struct Context {
    steps: Untracked<Arc<[Step]>>,
}

impl Context {
    /// The scope open here now; empty outside every scope.
    pub fn current() -> Self {
        ThreadState::with(|thread| {
            let top = thread.top();
            Self { steps: Untracked::new(|| record::path_to(thread, top).into()) }
        })
    }

    /// Runs `work` as part of the context's scope.
    pub fn run<T>(&self, work: impl FnOnce() -> T) -> T {
        let _carried = Carried::enter(&self.steps);
        work()
    }

    /// A future or stream whose polls run in the context's scope.
    pub fn attach<F>(&self, inner: F) -> InContext<F> {
        InContext { inner: Some(inner), context: self.clone() }
    }

    /// The context of a recording that starts here.
    pub(super) fn within(recording: &Arc<RecordingId>) -> Self {
        ThreadState::with(|thread| {
            let top = thread.top();
            Self {
                steps: Untracked::new(|| {
                    let mut steps = record::path_to(thread, top);
                    steps.push(Step::RecordingId(recording.clone()));
                    steps.into()
                }),
            }
        })
    }
}

/// An open frame that carries a context or a recording; closed when dropped.
#[derive(Debug)]
pub(super) struct Carried {
    frame: *const Frame,
    /// Highest live bytes above entry, once it is closed.
    pub(super) peak: u64,
}

impl Carried {
    fn enter(steps: &[Step]) -> Self {
        let frame = ThreadState::with(|thread| {
            if thread.top().is_null() && !entry::ready(thread) {
                return ptr::null();
            }
            let node = record::walk_path(thread, steps);
            // SAFETY: `ready` has set it.
            let top = unsafe { &*thread.top() };
            let by_tree = node.is_child_of(top.node());
            entry::push(thread, node, Frame::CARRIED | if by_tree { 0 } else { Frame::CROSSED })
        });
        Self { frame, peak: 0 }
    }

    /// Opens a recording in the innermost scope.
    pub(super) fn recording(recording: &Arc<RecordingId>) -> Self {
        let frame = ThreadState::with(|thread| {
            if thread.top().is_null() && !entry::ready(thread) {
                return ptr::null();
            }
            match record::recording_in_top(thread, recording) {
                Some(node) => entry::push(thread, node, Frame::CARRIED),
                None => ptr::null(),
            }
        });
        Self { frame, peak: 0 }
    }

    /// Closes it, with what was left open above it.
    pub(super) fn close(&mut self) {
        let frame = std::mem::replace(&mut self.frame, ptr::null());
        if frame.is_null() {
            return;
        }
        ThreadState::with(|thread| {
            if frame == thread.top() || out_of_order::close_above(thread, frame) {
                // SAFETY: the innermost open frame: it is opened and closed on one thread.
                self.peak = unsafe { exit::pop(thread, frame) }.1.peak;
                out_of_order::close_marked(thread);
            }
        });
    }
}

impl Drop for Carried {
    fn drop(&mut self) {
        self.close();
    }
}

pin_project! {
    /// A future or stream that runs in a [`Context`]. Made by [`Context::attach`].
    #[must_use = "futures do nothing unless they are awaited"]
    #[derive(Debug)]
    pub struct InContext<F> {
        #[pin]
        inner: Option<F>,
        context: Context,
    }

    impl<F> PinnedDrop for InContext<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.inner.is_some() {
                let _carried = Carried::enter(&this.context.steps);
                this.inner.set(None);
            }
        }
    }
}

/// What is polled again after its end, like the futures of an `async fn`.
const ENDED: &str = "an attached future was polled after it was ready";

impl<F: Future> Future for InContext<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Waker<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let _carried = Carried::enter(&this.context.steps);
        let poll = this.inner.as_mut().as_pin_mut().expect(ENDED).poll(cx);
        if poll.is_ready() {
            this.inner.set(None);
        }
        poll
    }
}

impl<S: Stream> Stream for InContext<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Waker<'_>) -> Poll<Option<S::Item>> {
        let mut this = self.project();
        let Some(inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let _carried = Carried::enter(&this.context.steps);
        let poll = inner.poll_next(cx);
        if matches!(poll, Poll::Ready(None)) {
            this.inner.set(None);
        }
        poll
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}
