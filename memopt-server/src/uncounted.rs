//! For a mounted router: what its requests allocate on the program's threads is left out of the
//! program's figures.
//!
//! A future is polled and dropped in an untracked section. What the body of its answer gives out is
//! copied, since the program's server frees it.

use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use memopt_report::untracked;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future whose work is not counted.
pub(crate) struct Uncounted<F>(Option<Pin<Box<F>>>);

impl<F: Future> Uncounted<F> {
    pub(crate) fn new(make: impl FnOnce() -> F) -> Self {
        untracked(|| Self(Some(Box::pin(make()))))
    }
}

impl<F: Future> Future for Uncounted<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        untracked(|| {
            let future = self.0.as_mut().expect("it is there until it is dropped");
            future.as_mut().poll(context)
        })
    }
}

impl<F> Drop for Uncounted<F> {
    fn drop(&mut self) {
        untracked(|| drop(self.0.take()));
    }
}

/// The body of an answer, made uncounted and given out as the program's own.
pub(crate) struct UncountedBody(Option<Body>);

impl UncountedBody {
    pub(crate) fn new(body: Body) -> Self {
        Self(Some(body))
    }

    fn body(&mut self) -> Pin<&mut Body> {
        Pin::new(self.0.as_mut().expect("it is there until it is dropped"))
    }
}

impl http_body::Body for UncountedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = untracked(|| self.body().poll_frame(context));
        polled.map_ok(|frame| match frame.into_data() {
            Ok(data) => {
                let copy = Bytes::copy_from_slice(&data);
                untracked(|| drop(data));
                Frame::data(copy)
            }
            Err(frame) => frame,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(http_body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map(http_body::Body::size_hint).unwrap_or_default()
    }
}

impl Drop for UncountedBody {
    fn drop(&mut self) {
        untracked(|| drop(self.0.take()));
    }
}
