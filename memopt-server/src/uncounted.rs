//! For a mounted router: what its requests allocate on the program's threads is left out of the
//! program's figures.
//!
//! A future is polled and dropped in an untracked section. What crosses the border is copied, so
//! that each side frees what it made: the head and the body of a request, which the program's
//! server made, and those of an answer, which it frees. Else live bytes would drift with each
//! request.

use axum::body::Body;
use axum::extract::{OriginalUri, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, Uri};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use memopt_report::untracked;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

/// What is the program's and was read to its end: it is to be freed where it is counted.
#[derive(Clone, Default)]
pub(crate) struct Theirs(Arc<Mutex<Held>>);

#[derive(Default)]
struct Held {
    parts: Vec<Bytes>,
    body: Option<Body>,
}

impl Theirs {
    pub(crate) fn new() -> Self {
        untracked(Self::default)
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Frees it. Not to be called in an untracked section.
    fn free(&self) {
        while let Some(part) = self.lock().parts.pop() {
            drop(part);
        }
        let body = self.lock().body.take();
        drop(body);
    }
}

/// A future whose work is not counted.
pub(crate) struct Uncounted<F> {
    future: Option<Pin<Box<F>>>,
    theirs: Option<Theirs>,
}

impl<F: Future> Uncounted<F> {
    pub(crate) fn new(theirs: Theirs, make: impl FnOnce() -> F) -> Self {
        untracked(|| Self { future: Some(Box::pin(make())), theirs: Some(theirs) })
    }

    fn free_theirs(&self) {
        if let Some(theirs) = &self.theirs {
            theirs.free();
        }
    }
}

/// A copy of the program's request, which itself is freed as the program's. Of its extensions the
/// routes look at the one address alone. Not to be called in an untracked section.
pub(crate) fn taken(request: Request, theirs: &Theirs) -> Request {
    let (head, body) = request.into_parts();
    let theirs = untracked(|| theirs.clone());
    let copy = untracked(|| {
        let mut copy = Request::new(Body::new(TheirBody { body: Some(body), theirs }));
        // Each of them was read once already, so reading it again cannot fail.
        *copy.method_mut() =
            Method::from_bytes(head.method.as_str().as_bytes()).unwrap_or_default();
        let address = |uri: &Uri| Uri::try_from(uri.to_string()).unwrap_or_default();
        *copy.uri_mut() = address(&head.uri);
        if let Some(OriginalUri(uri)) = head.extensions.get() {
            copy.extensions_mut().insert(OriginalUri(address(uri)));
        }
        *copy.version_mut() = head.version;
        *copy.headers_mut() = headers(&head.headers);
        copy
    });
    drop(head);
    copy
}

/// A copy of an answer, which the program's server frees.
pub(crate) fn given(answer: Response<Body>) -> Response<Body> {
    let (mut head, body) = answer.into_parts();
    let mut copy = Response::new(Body::new(UncountedBody::new(body)));
    *copy.status_mut() = head.status;
    *copy.headers_mut() = headers(&head.headers);
    untracked(|| {
        head.headers.clear();
        drop(head);
    });
    copy
}

/// A copy that shares nothing with them.
fn headers(of: &HeaderMap) -> HeaderMap {
    let mut copy = HeaderMap::with_capacity(of.len());
    for (name, value) in of {
        // They are headers already.
        let name = HeaderName::from_bytes(name.as_str().as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            copy.append(name, value);
        }
    }
    copy
}

/// The body of the program's request, copied.
struct TheirBody {
    body: Option<Body>,
    theirs: Theirs,
}

impl http_body::Body for TheirBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = self.body.as_mut() else { return Poll::Ready(None) };
        let polled = Pin::new(body).poll_frame(context);
        let theirs = &self.theirs;
        polled.map_ok(|frame| match frame.into_data() {
            Ok(data) => {
                let copy = Bytes::copy_from_slice(&data);
                theirs.lock().parts.push(data);
                Frame::data(copy)
            }
            Err(frame) => frame,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(http_body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(http_body::Body::size_hint).unwrap_or_default()
    }
}

impl Drop for TheirBody {
    fn drop(&mut self) {
        self.theirs.lock().body = self.body.take();
    }
}

impl<F: Future> Future for Uncounted<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let polled = untracked(|| {
            let future = self.future.as_mut().expect("it is there until it is dropped");
            future.as_mut().poll(context)
        });
        self.free_theirs();
        polled
    }
}

impl<F> Drop for Uncounted<F> {
    fn drop(&mut self) {
        untracked(|| drop(self.future.take()));
        if let Some(theirs) = self.theirs.take() {
            theirs.free();
            untracked(|| drop(theirs));
        }
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
