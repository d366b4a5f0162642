//! Who may ask what.

use crate::client::{exchange, get, parse, post, request};
use crate::{monitor, server, start, wait_until};
use memopt_server::{Role, builder};

const READ: &str = "read-token-0123456789";
const OPERATE: &str = "operate-token-0123456789";
const ADMINISTER: &str = "administer-token-0123456789";

fn bearer(token: &str) -> (&'static str, String) {
    ("authorization", format!("Bearer {token}"))
}

#[test]
fn other_names_are_refused_on_every_route() {
    let (_server, at) = server();
    for path in ["/", "/livez", "/api/v1/sites", "/api/v1/events", "/metrics", "/assets/x/y", "/no"]
    {
        for (host, status) in [("evil.example", 421), ("localhost.evil.example:80", 421)] {
            request(&at, "GET", path, &[("host", host)], "").problem(status);
        }
        let none = format!("GET {path} HTTP/1.1\r\nconnection: close\r\n\r\n");
        parse(&exchange(&at, none.as_bytes())).problem(400);
        let two =
            format!("GET {path} HTTP/1.1\r\nhost: {at}\r\nhost: {at}\r\nconnection: close\r\n\r\n");
        parse(&exchange(&at, two.as_bytes())).problem(400);
        let absolute = format!(
            "GET http://evil.example{path} HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n\r\n"
        );
        parse(&exchange(&at, absolute.as_bytes())).problem(421);
    }
    assert_eq!(request(&at, "GET", "/livez", &[("host", "localhost:1")], "").status, 200);
}

#[test]
fn paths_have_one_form() {
    let (_server, at) = server();
    for path in [
        "//livez",
        "/api/../livez",
        "/api/./v1",
        "/%2e%2e/livez",
        "/api%2fv1/sites",
        "/a\\b",
        "/assets/x/../y",
    ] {
        get(&at, path).problem(400);
    }
}

#[test]
fn other_pages_change_nothing() {
    let (_server, at) = server();
    let json = ("content-type", "application/json");
    let own = format!("http://{at}");
    for headers in [
        vec![json, ("origin", "http://evil.example")],
        vec![json, ("origin", "null")],
        vec![json, ("sec-fetch-site", "cross-site")],
        vec![json, ("cookie", "a=b")],
    ] {
        request(&at, "POST", "/api/v1/silences", &headers, "{}").problem(403);
        request(&at, "DELETE", "/api/v1/silences/1", &headers, "").problem(403);
    }
    request(&at, "GET", "/api/v1/sites", &[("origin", "null")], "").problem(403);
    request(&at, "GET", "/api/v1/sites", &[("sec-fetch-site", "cross-site")], "").problem(403);
    request(&at, "POST", "/api/v1/silences", &[json, ("origin", &own)], "{}").problem(422);
}

#[test]
fn roles_allow_what_they_say() {
    let guarded = builder(monitor())
        .token(Role::Read, READ)
        .token(Role::Operate, OPERATE)
        .token(Role::Administer, ADMINISTER);
    let (_server, at) = start(guarded);
    let ask = |method: &str, path: &str, token: Option<&str>| {
        let bearer = token.map(bearer);
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(bearer.as_ref().map(|(name, value)| (*name, value.as_str())));
        request(&at, method, path, &headers, if method == "GET" { "" } else { "{}" })
    };
    for open in ["/", "/docs", "/livez", "/api/v1/session", "/openapi.json"] {
        assert_eq!(ask("GET", open, None).status, 200, "{open}");
    }
    for closed in ["/api/v1/sites", "/api/v1/events", "/metrics", "/debug/pprof/heap", "/api/v1/no"]
    {
        let refused = ask("GET", closed, None);
        refused.problem(401);
        assert_eq!(refused.header("www-authenticate"), "Bearer realm=\"memopt\"");
        ask("GET", closed, Some("read-token-012345678")).problem(401);
        ask("GET", closed, Some("read-token-01234567890")).problem(401);
    }
    assert_eq!(ask("GET", "/api/v1/sites", Some(READ)).status, 200);
    assert_eq!(ask("GET", "/metrics", Some(READ)).status, 200);
    ask("POST", "/api/v1/silences", Some(READ)).problem(403);
    ask("POST", "/api/v1/silences", Some(OPERATE)).problem(422);
    ask("PUT", "/api/v1/config", Some(OPERATE)).problem(403);
    ask("GET", "/api/v1/bundles", Some(OPERATE)).problem(403);
    assert_eq!(ask("GET", "/api/v1/bundles", Some(ADMINISTER)).status, 200);
    let basic = [("authorization", "Basic cmVhZA==")];
    request(&at, "GET", "/api/v1/sites", &basic, "").problem(401);
    // A token in an address is none.
    get(&at, &format!("/api/v1/sites?token={READ}")).problem(401);
    let session = ask("GET", "/api/v1/session", Some(OPERATE)).ok();
    assert_eq!(
        (session["role"].as_str(), session["needs_login"].as_bool()),
        (Some("operate"), Some(true))
    );
}

#[test]
fn a_session_is_a_cookie_that_scripts_cannot_read() {
    let (_server, at) = start(builder(monitor()).token(Role::Operate, OPERATE));
    post(&at, "/login", r#"{"token":"wrong"}"#).problem(401);
    let login = post(&at, "/login", &format!(r#"{{"token":"{OPERATE}"}}"#));
    assert_eq!(login.status, 204);
    let cookie = login.header("set-cookie").to_owned();
    assert!(cookie.contains("; HttpOnly; SameSite=Strict"), "{cookie}");
    assert!(!cookie.contains(OPERATE));
    let pair = cookie.split(';').next().unwrap();
    let own = format!("http://{at}");
    assert_eq!(request(&at, "GET", "/api/v1/sites", &[("cookie", pair)], "").status, 200);
    let json = ("content-type", "application/json");
    let change = [json, ("cookie", pair), ("origin", &own)];
    request(&at, "POST", "/api/v1/silences", &change, "{}").problem(422);
    request(&at, "POST", "/api/v1/silences", &change[..2], "{}").problem(403);
    assert_eq!(
        request(&at, "POST", "/logout", &[("cookie", pair), ("origin", &own)], "").status,
        204
    );
    request(&at, "GET", "/api/v1/sites", &[("cookie", pair)], "").problem(401);
}

#[test]
fn the_stream_of_events_ends_with_its_session() {
    let (_server, at) = start(builder(monitor()).token(Role::Operate, OPERATE));
    let login = post(&at, "/login", &format!(r#"{{"token":"{OPERATE}"}}"#));
    let cookie = login.header("set-cookie").to_owned();
    let pair = cookie.split(';').next().unwrap().to_owned();
    let listening = {
        let (at, pair) = (at.clone(), pair.clone());
        std::thread::spawn(move || {
            request(&at, "GET", "/api/v1/events", &[("cookie", &pair)], "").text()
        })
    };
    let (name, value) = bearer(OPERATE);
    let health = || request(&at, "GET", "/api/v1/health", &[(name, &value)], "").ok();
    wait_until("nobody listens", || health()["server"]["event_clients"] == 1);
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert!(!listening.is_finished());
    let own = format!("http://{at}");
    request(&at, "POST", "/logout", &[("cookie", &pair), ("origin", &own)], "");
    wait_until("the stream goes on", || listening.is_finished());
    let events = listening.join().unwrap();
    assert!(events.starts_with("event: hello\n"), "{events}");
}

#[test]
fn metrics_and_profiles_have_switches_and_tokens_of_their_own() {
    let own = "metrics-token-0123456789";
    let (_server, at) = start(builder(monitor()).configure(|settings| {
        settings.metrics_tokens.push(memopt_monitor::config::Secret::new(own));
        settings.pprof = false;
    }));
    get(&at, "/metrics").problem(401);
    let (name, value) = bearer(own);
    assert_eq!(request(&at, "GET", "/metrics", &[(name, &value)], "").status, 200);
    get(&at, "/debug/pprof/heap").problem(404);
    assert_eq!(get(&at, "/api/v1/sites").status, 200);
}

#[test]
fn beyond_loopback_a_token_is_needed() {
    let error = builder(monitor()).address("0.0.0.0:0").start().unwrap_err().to_string();
    assert!(error.contains("there is no token: set one, or listen on 127.0.0.1"), "{error}");
    let short = builder(monitor()).token(Role::Read, "short").start().unwrap_err().to_string();
    assert!(short.contains("less than 16 letters"), "{short}");
    assert!(!short.contains("short\""), "{short}");
}
