//! Requests of `tower` services by route: exact blocks, cancellation, panics, and no more routes
//! than the limit.
//!
//! The number of routes is the process's, so the test that fills it up has a limit above all
//! others'.

use axum::Router;
use axum::extract::{MatchedPath, Path, Request};
use axum::routing::{get, post};
use futures_core::Stream;
use memopt::integrate::tower::RequestLayer;
use memopt::report::{Report, SiteKind, SiteReport};
use memopt::{Alloc, TrackAlloc, track_alloc};
use memopt_tests::yield_now;
use std::convert::Infallible;
use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use tokio::runtime::Builder;
use tokio::task::JoinSet;
use tower::{Layer, Service, ServiceExt, service_fn};

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

fn find<'a>(report: &'a Report, name: &str) -> Option<&'a SiteReport> {
    report.sites().iter().find(|s| s.name == name)
}

fn site<'a>(report: &'a Report, name: &str) -> &'a SiteReport {
    find(report, name).unwrap_or_else(|| panic!("no site is called {name}"))
}

/// A block of `size` bytes that is gone at once.
fn touch(size: usize) {
    drop(black_box(vec![1u8; size]));
}

fn request(path: &str) -> Request {
    Request::get(path).body(axum::body::Body::empty()).unwrap()
}

/// Method and matched path, as the docs show it.
fn matched(request: &Request) -> String {
    match request.extensions().get::<MatchedPath>() {
        Some(path) => format!("{} {}", request.method(), path.as_str()),
        None => "unmatched".to_owned(),
    }
}

#[test]
fn each_route_of_an_app_has_exactly_its_own_blocks() {
    #[track_alloc]
    fn parse() {
        touch(100);
    }
    // What axum allocates for a request differs with its version, so it is measured: a route that
    // does nothing.
    let app = Router::new()
        .route("/bare/{id}", get(|_: Path<u32>| async {}))
        .route(
            "/user/{id}",
            get(|_: Path<u32>| async {
                for _ in 0..3 {
                    touch(1000);
                    yield_now().await;
                    parse();
                }
            }),
        )
        .route("/order", post(|| async { touch(7) }))
        .layer(RequestLayer::by(matched).max_routes(1000));
    Builder::new_multi_thread().worker_threads(4).build().unwrap().block_on(async {
        let mut tasks = JoinSet::new();
        for id in 0..200 {
            for path in ["bare", "user"] {
                tasks.spawn(app.clone().oneshot(request(&format!("/{path}/{:03}", id + 100))));
            }
        }
        while let Some(response) = tasks.join_next().await {
            assert_eq!(response.unwrap().unwrap().status(), 200);
        }
        let order = Request::post("/order").body(axum::body::Body::empty()).unwrap();
        assert_eq!(app.clone().oneshot(order).await.unwrap().status(), 200);
        assert_eq!(app.clone().oneshot(request("/none")).await.unwrap().status(), 404);
    });
    let report = memopt::report();
    let (bare, user) = (site(&report, "GET /bare/{id}"), site(&report, "GET /user/{id}"));
    assert_eq!(
        (bare.kind, bare.calls, user.calls, user.cancelled, user.open),
        (SiteKind::Request, 200, 200, 0, 0)
    );
    assert_eq!((bare.allocs.min(), user.allocs.min()), (bare.allocs.max(), user.allocs.max()));
    assert_eq!(user.allocs.max(), bare.allocs.max() + 6);
    assert_eq!(user.own.allocs, bare.own.allocs + 200 * 3);
    assert_eq!(user.inclusive.allocs, bare.inclusive.allocs + 200 * 6);
    assert!(user.peak.max() >= 1000);
    let parse = report.sites().iter().find(|s| s.name.ends_with("::parse")).unwrap();
    assert_eq!((parse.calls, parse.own.bytes), (600, 60_000));
    assert_eq!(site(&report, "POST /order").calls, 1);
    assert_eq!(site(&report, "unmatched").calls, 1);
}

#[test]
fn call_and_polls_of_a_request_are_one_call() {
    let inner = service_fn(|size: usize| {
        touch(size);
        async move {
            touch(size);
            yield_now().await;
            Ok::<_, Infallible>(vec![0u8; size])
        }
    });
    let service =
        RequestLayer::by(|size: &usize| format!("size {size}")).max_routes(1000).layer(inner);
    Builder::new_current_thread().build().unwrap().block_on(async {
        for _ in 0..10 {
            assert_eq!(service.clone().oneshot(64).await.unwrap().len(), 64);
            assert_eq!(service.clone().oneshot(128).await.unwrap().len(), 128);
        }
    });
    let report = memopt::report();
    for (name, size) in [("size 64", 64), ("size 128", 128)] {
        let site = site(&report, name);
        assert_eq!((site.calls, site.own.allocs, site.own.bytes), (10, 30, 30 * size), "{name}");
        assert_eq!(
            (site.bytes.max(), site.peak.max(), site.retained.max()),
            (3 * size, size, size),
            "{name}"
        );
    }
}

#[test]
fn a_request_dropped_before_its_response_counts_as_cancelled() {
    let inner = service_fn(|(): ()| async {
        let held = black_box(vec![0u8; 100]);
        std::future::pending::<()>().await;
        Ok::<_, Infallible>(held)
    });
    let mut service = RequestLayer::by(|(): &()| "cancelled").max_routes(1000).layer(inner);
    for polls in 0..3 {
        let mut response = Box::pin(service.call(()));
        for _ in 0..polls {
            assert!(response.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
    }
    let report = memopt::report();
    let site = site(&report, "cancelled");
    assert_eq!((site.calls, site.cancelled, site.panics, site.open), (3, 3, 0, 0));
    assert_eq!((site.own.allocs, site.own.frees, site.retained.total()), (2, 2, 0));
}

#[test]
fn a_request_that_panics_counts_as_one_call() {
    let inner = service_fn(|in_call: bool| {
        if in_call {
            std::panic::resume_unwind(Box::new(()));
        }
        async move {
            if !in_call {
                std::panic::resume_unwind(Box::new(()));
            }
            Ok::<_, Infallible>(())
        }
    });
    let service = RequestLayer::by(|_: &bool| "panics").max_routes(1000).layer(inner);
    for in_call in [true, false] {
        let mut service = service.clone();
        let thread = std::thread::spawn(move || {
            let response = pin!(service.call(in_call));
            response.poll(&mut Context::from_waker(Waker::noop())).is_pending()
        });
        thread.join().unwrap_err();
    }
    let report = memopt::report();
    assert_eq!((site(&report, "panics").calls, site(&report, "panics").panics), (2, 2));
}

#[test]
fn a_streamed_body_is_counted_by_a_site_of_its_own() {
    struct Rows(u32);
    impl Stream for Rows {
        type Item = Vec<u8>;
        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Vec<u8>>> {
            let left = self.0.checked_sub(1);
            self.0 = left.unwrap_or(0);
            Poll::Ready(left.map(|_| vec![0u8; 10]))
        }
    }
    let inner = service_fn(|rows: u32| async move {
        Ok::<_, Infallible>(Rows(rows).track_alloc(memopt::site!("body of rows")))
    });
    let mut service = RequestLayer::by(|_: &u32| "streams").max_routes(1000).layer(inner);
    let cx = &mut Context::from_waker(Waker::noop());
    let Poll::Ready(Ok(body)) = pin!(service.call(50)).poll(cx) else { panic!("no response") };
    let mut body = pin!(body);
    while let Poll::Ready(Some(row)) = body.as_mut().poll_next(cx) {
        assert_eq!(row.len(), 10);
    }
    let report = memopt::report();
    assert_eq!((site(&report, "streams").calls, site(&report, "streams").own.allocs), (1, 0));
    let body = report.sites().iter().find(|s| s.name.ends_with("body of rows")).unwrap();
    assert_eq!((body.calls, body.own.bytes), (1, 500));
}

#[test]
fn routes_beyond_the_limit_are_counted_together() {
    let inner = service_fn(|_: u32| async {
        touch(10);
        Ok::<_, Infallible>(())
    });
    // The last test alone has a limit within reach: all others stay below it by far.
    let mut service = RequestLayer::by(|id: &u32| format!("id {id}")).max_routes(60).layer(inner);
    for id in (0..2000).chain(0..2000) {
        let done = pin!(service.call(id)).poll(&mut Context::from_waker(Waker::noop()));
        assert!(done.is_ready());
    }
    let report = memopt::report();
    let own: Vec<_> = report.sites().iter().filter(|s| s.name.starts_with("id ")).collect();
    assert!((40..=60).contains(&own.len()), "{} routes", own.len());
    assert!(own.iter().all(|site| (site.calls, site.own.bytes) == (2, 20)));
    let rest = site(&report, "other route");
    assert_eq!(rest.calls, 2 * (2000 - own.len() as u64));
    assert_eq!(rest.own.bytes, 10 * rest.calls);
}

#[test]
fn what_names_the_route_is_not_counted() {
    let mut service = RequestLayer::by(|(): &()| format!("named {:>1000}", "at length"))
        .max_routes(1000)
        .layer(service_fn(|(): ()| async { Ok::<_, Infallible>(()) }));
    let recording = memopt::record(|| {
        for _ in 0..10 {
            assert!(
                pin!(service.call(())).poll(&mut Context::from_waker(Waker::noop())).is_ready()
            );
        }
    });
    assert_eq!((recording.report.total().allocs, recording.report.total().frees), (0, 0));
}
