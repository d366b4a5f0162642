//! The router in a service of the program, below a path.

use crate::client::{get, request};
use crate::monitor;
use axum::Router;
use axum::http::Version;
use memopt_server::builder;
use std::time::Duration;

#[test]
fn it_works_below_any_path() {
    let mounted = builder(monitor()).host("shop.example").router().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let at = listener.local_addr().unwrap().to_string();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.spawn(async move {
        let service = Router::new().nest_service("/a/b", mounted);
        axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), service).await
    });
    let session = get(&at, "/a/b/api/v1/session").ok();
    assert_eq!(session["needs_login"], false);
    assert_eq!(get(&at, "/a/b/livez").text(), "ok\n");
    get(&at, "/a/b/api/v1/nothing").problem(404);
    request(&at, "GET", "/a/b/livez", &[("host", "evil.example")], "").problem(421);
    assert_eq!(request(&at, "GET", "/a/b/livez", &[("host", "shop.example")], "").status, 200);
    let redirected = get(&at, "/a/b");
    assert_eq!((redirected.status, redirected.header("location")), (308, "b/"));
    let page = get(&at, "/a/b/");
    assert_eq!(page.status, 200);
    assert!(!page.text().contains("\"/"), "an address of the page is not relative");
    assert!(get(&at, "/a/b/api/v1/sites").ok()["total"].as_u64().unwrap() >= 2);
    runtime.shutdown_timeout(Duration::from_secs(1));
}

#[test]
fn in_http_2_the_name_stands_in_the_address() {
    let mounted = builder(monitor()).host("shop.example").router().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ask = |version: Version, address: &str| {
        let request = axum::http::Request::get(address).version(version);
        let request = request.body(axum::body::Body::empty()).unwrap();
        runtime.block_on(async {
            use tower::ServiceExt;
            mounted.clone().oneshot(request).await.unwrap().status().as_u16()
        })
    };
    assert_eq!(ask(Version::HTTP_2, "http://shop.example/livez"), 200);
    assert_eq!(ask(Version::HTTP_2, "http://evil.example/livez"), 421);
    assert_eq!(ask(Version::HTTP_2, "/livez"), 400);
    assert_eq!(ask(Version::HTTP_11, "http://shop.example/livez"), 400);
}

#[test]
fn live_bytes_do_not_drift_with_its_requests() {
    let mounted = builder(monitor()).router().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let once = |bytes: usize| {
        let request = axum::http::Request::post("/api/v1/config/validate")
            .header("host", "localhost")
            .header("content-type", "text/plain")
            .header("x-long", "y".repeat(500));
        let request = request.body(axum::body::Body::from("#".repeat(bytes))).unwrap();
        runtime.block_on(async {
            use tower::ServiceExt;
            let answer = mounted.clone().oneshot(request).await.unwrap();
            let status = answer.status().as_u16();
            (status, axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap().len())
        })
    };
    let ask = |bytes: usize| {
        // Where the monitor is amid a reading that takes long, it is asked again.
        let mut all = (0..20).map(|_| once(bytes));
        let (status, length) = all.find(|(status, _)| *status != 503).unwrap();
        assert_eq!(status, 200);
        length
    };
    ask(10);
    {
        let _scope = memopt::scope!("mounted.balance");
        assert!((0..20).all(|_| ask(10_000) > 0));
    }
    let report = memopt::report();
    let own = report.site("mounted.balance").unwrap().own;
    // 20 requests of 10 KB, and what the runtime of the test keeps.
    assert!(own.bytes > 200_000, "{own:?}");
    assert!(own.live_bytes().abs() < 2_000, "{own:?}");
}

#[test]
fn its_work_is_left_out_of_the_figures() {
    let mounted = builder(monitor()).router().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ask = || {
        let request = axum::http::Request::get("/api/v1/metrics").header("host", "localhost");
        let request = request.body(axum::body::Body::empty()).unwrap();
        runtime.block_on(async {
            use tower::ServiceExt;
            let answer = mounted.clone().oneshot(request).await.unwrap();
            axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap().len()
        })
    };
    ask();
    let bytes = {
        let _scope = memopt::scope!("mounted.ask");
        ask() as u64
    };
    let report = memopt::report();
    let site = report.site("mounted.ask").unwrap();
    // The body is the program's, once as it came and once put together; the rest is not.
    assert!(bytes > 10_000, "{bytes}");
    assert!(site.bytes.max() < 4 * bytes, "{} for {bytes}", site.bytes.max());
}
