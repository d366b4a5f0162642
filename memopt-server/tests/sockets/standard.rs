//! What other tools ask for.

use crate::client::{get, request};
use crate::server;

#[test]
fn metrics_in_both_syntaxes() {
    let (_server, at) = server();
    let text = get(&at, "/metrics");
    assert_eq!(text.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let lines = text.text();
    assert!(lines.contains("\nprocess_resident_memory_bytes "), "{lines}");
    assert!(lines.contains("\nmemopt_site_calls_total{site=\"sockets.work\"} 1\n"), "{lines}");
    assert!(lines.contains("memopt_build_info{version="), "{lines}");
    // How full the limit is, where a slice around the process is the limit too.
    let labels = |name: &str| {
        let sample = lines.lines().find_map(|line| line.strip_prefix(name)).expect(name);
        sample.split_once('}').expect(sample).0.to_owned()
    };
    assert_eq!(labels("memopt_limit_used_bytes{"), labels("memopt_limit_bytes{"));
    let accept = [("accept", "application/openmetrics-text; version=1.0.0, text/plain;q=0.5")];
    let open = request(&at, "GET", "/metrics", &accept, "");
    assert!(open.header("content-type").starts_with("application/openmetrics-text; version=1.0.0"));
    let open = open.text();
    assert!(open.ends_with("\n# EOF\n"));
    assert!(open.contains("# UNIT memopt_heap_live_bytes bytes\n"), "{open}");
    // Each name is told once, and each sample belongs to the name above it.
    let mut names: Vec<&str> =
        lines.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
    for line in lines.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap();
        assert!(names.binary_search(&name).is_ok(), "{line}");
        let value = line.rsplit(' ').next().unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
    }
}

#[test]
fn profiles_where_go_has_them() {
    let (_server, at) = server();
    for name in ["heap", "allocs", "goroutine", "threadcreate", "block", "mutex", "profile"] {
        let profile = get(&at, &format!("/debug/pprof/{name}?seconds=1&debug=0"));
        assert_eq!(profile.status, 200, "{name}: {}", profile.text());
        assert_eq!(profile.body[..2], [0x1f, 0x8b], "{name}");
    }
    assert!(!get(&at, "/debug/pprof/cmdline").text().contains("--"));
    assert!(get(&at, "/debug/pprof/").text().contains("allocs"));
    get(&at, "/debug/pprof/none").problem(404);
}

#[test]
fn probes() {
    let (_server, at) = server();
    assert_eq!(get(&at, "/livez").text(), "ok\n");
    let ready = get(&at, "/readyz?verbose&exclude=store&exclude=configuration");
    // A server of another test may be waiting for its port, which all of the process tell.
    let told = match ready.status {
        200 => ready.text(),
        _ => ready.problem(503)["detail"].as_str().unwrap().to_owned(),
    };
    assert!(told.contains("[+] monitor ok\n"), "{told}");
    assert_eq!(get(&at, "/openapi.json").json()["info"]["title"], "memopt");
    let index = get(&at, "/");
    assert_eq!(index.header("content-type"), "text/html; charset=utf-8");
    let zipped = request(&at, "GET", "/", &[("accept-encoding", "gzip")], "");
    assert!(zipped.header("content-encoding") == "gzip" || zipped.body.len() < 300);
}
