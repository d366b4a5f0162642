//! Allocations by request: every route of a [`tower`](https://docs.rs/tower) service becomes a
//! site.
//!
//! ```
//! use memopt::integrate::tower::RequestLayer;
//! use tower_layer::Layer;
//! use tower_service::Service;
//! # use std::convert::Infallible;
//! # use std::future::{Future, Ready, ready};
//! # use std::task::{Context, Poll, Waker};
//! # #[global_allocator] static ALLOC: memopt::Alloc = memopt::Alloc::system();
//! # struct Hello;
//! # impl Service<http::Request<()>> for Hello {
//! #     type Response = Vec<u8>;
//! #     type Error = Infallible;
//! #     type Future = Ready<Result<Vec<u8>, Infallible>>;
//! #     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> { Poll::Ready(Ok(())) }
//! #     fn call(&mut self, _: http::Request<()>) -> Self::Future { ready(Ok(vec![0; 100])) }
//! # }
//!
//! let mut service = RequestLayer::new().layer(Hello);
//! let response = service.call(http::Request::get("/users/7").body(()).unwrap());
//! # assert!(std::pin::pin!(response).poll(&mut Context::from_waker(Waker::noop())).is_ready());
//! # #[cfg(feature = "track")] {
//! let report = memopt::report();
//! let site = report.sites().iter().find(|site| site.name == "GET /users/..").unwrap();
//! assert_eq!((site.calls, site.bytes.total()), (1, 100));
//! # }
//! ```
//!
//! With `axum`, by the path a request matched:
//!
//! ```text
//! let layer = RequestLayer::by(|request: &Request| match request.extensions().get::<MatchedPath>() {
//!     Some(path) => format!("{} {}", request.method(), path.as_str()),
//!     None => "unmatched".to_owned(),
//! });
//! let app = Router::new().route("/users/{id}", get(user)).layer(layer);
//! ```
//!
//! # Limits
//!
//! The feature `tower` brings the crate `http`, which implements `PartialEq<StatusCode>` for `u16`.
//! Where a program compares a `u16` with a value whose type is inferred, as in `code == n.into()`,
//! the compiler then asks for the type: write `code == u16::from(n)`.
//!
//! Guide: [Tracing and tower](https://docs.rs/memopt/latest/memopt/docs/tracing_and_tower/).

// Files: `route` (what a request's route is), `routes` (their sites, no more than a limit).

mod route;
#[cfg(feature = "track")]
mod routes;

pub use self::route::{FirstSegment, Route};

#[cfg(feature = "track")]
use self::routes::site_of_route;
use crate::Tracked;
#[cfg(not(feature = "track"))]
use crate::off::site_of_route;
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

/// Routes that get a site of their own, where nothing else is said.
const MAX_ROUTES: usize = 100;

/// Measures requests by route: each route is a site, each request a call with its bytes, blocks,
/// peak and retained bytes.
///
/// A request's call is `Service::call` and all polls of the future it returns, on whatever threads.
/// It ends when the response is ready, or the future is dropped, which counts as cancelled.
///
/// A [`Route`] names the route of a request: [`FirstSegment`], or a closure given to
/// [`by`](Self::by). Two layers that give the same name share the site.
///
/// # Cost
///
/// About 70 ns a request with a static name. Other names cost the time to make them; nothing else
/// is allocated. One site a route, never freed.
///
/// # Limits
///
/// - A body that is streamed after the response future has ended is not in its call. Give it a site
///   of its own: `Body::from_stream(rows.track_alloc(site!("rows")))`.
/// - What the response holds counts as retained, since the caller frees it. What the request held
///   counts as freed, though it was allocated before.
/// - What other tasks do for the request counts for them, unless they carry its
///   [`Context`](crate::Context).
/// - What the closure allocates is not counted.
#[derive(Clone, Debug)]
pub struct RequestLayer<R = FirstSegment> {
    route: R,
    max_routes: usize,
}

impl RequestLayer {
    /// By method and first segment of the path.
    pub fn new() -> Self {
        Self::by(FirstSegment)
    }
}

impl Default for RequestLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<R> RequestLayer<R> {
    /// By what `route` says: a closure from the request to a name.
    ///
    /// Name kinds of requests, not requests: every name is kept, up to
    /// [`max_routes`](Self::max_routes).
    pub fn by(route: R) -> Self {
        Self { route, max_routes: MAX_ROUTES }
    }

    /// Limits the routes of this process that have a site of their own to `routes`; further ones
    /// are counted together as `other route`. 100 by default.
    #[must_use]
    pub fn max_routes(mut self, routes: usize) -> Self {
        self.max_routes = routes;
        self
    }
}

impl<S, R: Clone> Layer<S> for RequestLayer<R> {
    type Service = RequestService<S, R>;

    fn layer(&self, inner: S) -> RequestService<S, R> {
        RequestService { inner, layer: self.clone() }
    }
}

/// A service whose requests are billed by route. Made by [`RequestLayer`].
#[derive(Clone, Debug)]
pub struct RequestService<S, R = FirstSegment> {
    inner: S,
    layer: RequestLayer<R>,
}

impl<S, R, Request> Service<Request> for RequestService<S, R>
where
    S: Service<Request>,
    R: Route<Request>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Tracked<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let site = site_of_route(|| self.layer.route.route(&request), self.layer.max_routes);
        Tracked::started(site, || self.inner.call(request))
    }
}
