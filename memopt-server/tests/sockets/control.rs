//! Records reset; one site counted or not. `tests/stopped.rs` stops the monitor.

use crate::client::{get, post};
use crate::server;
use serde_json::Value;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

#[memopt::track_alloc(name = "sockets.switched")]
fn switched(size: usize) {
    std::hint::black_box(vec![1u8; size]);
}

#[memopt::track_alloc(name = "sockets.around")]
fn around(calls: usize) {
    for _ in 0..calls {
        switched(100);
    }
}

/// The site of this name, as the list has it.
fn site(at: &str, name: &str) -> Value {
    let list = get(at, &format!("/api/v1/sites?q={name}")).ok();
    list["items"][0].clone()
}

#[test]
fn one_site_is_switched_off_and_on() {
    let (_server, at) = server();
    around(10);
    let before = site(&at, "sockets.switched");
    assert_eq!(before["tracking"], "on");
    let id = before["id"].as_str().unwrap();
    let place = format!("/api/v1/sites/{id}/tracking");
    let off = post(&at, &place, r#"{"on":false}"#).ok();
    assert_eq!(
        (off["name"].as_str(), off["is_tracked"].as_bool()),
        (Some("sockets.switched"), Some(false))
    );
    let control = get(&at, "/api/v1/control").ok();
    let named = |all: &Value| all.as_array().unwrap().iter().any(|it| it["id"] == id);
    assert!(named(&control["untracked_sites"]), "{control}");
    assert!(get(&at, "/api/v1/status").ok()["untracked_sites"].as_u64().unwrap() >= 1);
    // What a thread may count before it takes notice.
    around(400);
    let began = memopt::report();
    around(1_000);
    let ended = memopt::report();
    let calls = |report: &memopt::Report, name| report.site(name).unwrap().calls;
    let counted = calls(&ended, "sockets.switched") - calls(&began, "sockets.switched");
    assert_eq!(counted, 0);
    let own = |report: &memopt::Report| report.site("sockets.around").unwrap().own.bytes;
    assert_eq!(own(&ended) - own(&began), 100_000, "it belongs to the site around");
    assert_eq!(site(&at, "sockets.switched")["tracking"], "off");
    post(&at, &place, r#"{"on":true}"#).ok();
    around(10);
    assert_eq!(
        calls(&memopt::report(), "sockets.switched") - calls(&ended, "sockets.switched"),
        10
    );
    assert!(!named(&get(&at, "/api/v1/control").ok()["untracked_sites"]));

    post(&at, "/api/v1/sites/0000000000000000/tracking", r#"{"on":true}"#).problem(404);
    post(&at, "/api/v1/sites/x/tracking", r#"{"on":true}"#).problem(404);
    let wrong = post(&at, &place, r#"{"on":"yes"}"#).problem(422);
    assert_eq!(wrong["fields"][0]["name"], "on");
    post(&at, &place, "{}").problem(422);
    get(&at, &place).problem(405);
}

#[memopt::track_alloc(name = "sockets.waits")]
async fn waits() -> usize {
    let held = "x".repeat(100);
    tokio::task::yield_now().await;
    held.len()
}

#[test]
fn a_future_under_way_goes_on_when_its_site_is_switched_off() {
    let (_server, at) = server();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let calls = || memopt::report().site("sockets.waits").map_or(0, |site| site.calls);
    runtime.block_on(async {
        let mut future = pin!(waits());
        poll_fn(|context| {
            assert!(future.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
        let id = site(&at, "sockets.waits")["id"].as_str().unwrap().to_owned();
        let place = format!("/api/v1/sites/{id}/tracking");
        post(&at, &place, r#"{"on":false}"#).ok();
        assert_eq!(future.await, 100);
        for _ in 0..400 {
            waits().await;
        }
        let began = calls();
        for _ in 0..100 {
            assert_eq!(waits().await, 100);
        }
        assert_eq!(calls(), began);
        post(&at, &place, r#"{"on":true}"#).ok();
        for _ in 0..10 {
            waits().await;
        }
        assert_eq!(calls(), began + 10);
    });
}

#[test]
fn records_are_told_since_a_reset_and_of_one_server_alone() {
    let (_server, at) = server();
    let (_other, other) = server();
    assert!(get(&at, "/api/v1/control").ok()["records_since_ms"].is_null());
    let control = post(&at, "/api/v1/control/reset", "").ok();
    let since = control["records_since_ms"].as_i64().unwrap();
    assert_eq!(get(&at, "/api/v1/status").ok()["records_since_ms"], since);
    let work = site(&at, "sockets.work");
    assert!(work.is_null(), "it was called before: {work}");
    assert_eq!(site(&other, "sockets.work")["calls"], 1);
    let metrics = get(&at, "/metrics").text();
    assert!(metrics.contains("memopt_site_calls_total{site=\"sockets.work\"} 1\n"), "{metrics}");
    get(&at, "/api/v1/control/reset").problem(405);
}
