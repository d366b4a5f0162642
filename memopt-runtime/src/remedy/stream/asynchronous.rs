//! The stream that `#[memopt::streamed]` makes of an async function.

use super::body::Body;
use super::end::End;
use super::sender::Sender;
use futures_core::stream::{FusedStream, Stream};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The rows of an async function under `#[memopt::streamed]`, made one at a time as they are asked
/// for.
///
/// As [`Streamed`](super::Streamed), and the body may also await. With `chunk = n`, items that are
/// ready are given out before the stream is pending. It is `Unpin`.
///
/// # Cost
///
/// As [`Streamed`](super::Streamed).
#[must_use = "streams do nothing unless they are polled"]
pub struct StreamedAsync<T, F: Future, const N: usize = 1> {
    body: Body<T, F, N>,
    ended: bool,
}

/// Makes a stream of a body. For the attribute.
#[inline]
pub fn streamed_async<T, F, const N: usize>(
    body: impl FnOnce(Sender<T, N>) -> F,
) -> StreamedAsync<T, F, N>
where
    F: Future<Output: End<T>>,
{
    StreamedAsync { body: Body::new(body), ended: false }
}

impl<T, F: Future<Output: End<T>>, const N: usize> Stream for StreamedAsync<T, F, N> {
    type Item = <F::Output as End<T>>::Item;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let poll = self.body.next(task);
        self.ended |= matches!(poll, Poll::Ready(None));
        poll
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.body.size_hint()
    }
}

impl<T, F: Future<Output: End<T>>, const N: usize> FusedStream for StreamedAsync<T, F, N> {
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

impl<T, F: Future, const N: usize> fmt::Debug for StreamedAsync<T, F, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamedAsync").field("chunk", &N).finish_non_exhaustive()
    }
}
