//! What is done.

use crate::client::{Answer, get, post, request};
use crate::{PATIENCE, server};
use serde_json::{Value, json};
use std::thread::sleep;
use std::time::{Duration, Instant};

fn delete(at: &str, path: &str) -> Answer {
    request(at, "DELETE", path, &[], "")
}

/// What came of an operation. One that finds the monitor amid a reading that takes long is begun
/// again.
#[track_caller]
fn done(at: &str, path: &str, body: &Value) -> Value {
    let since = Instant::now();
    loop {
        let operation = ended(at, &begun(at, path, body));
        let is_late = operation["error"].to_string().contains("the monitor does not answer");
        if !is_late || since.elapsed() > 2 * PATIENCE {
            assert_eq!(operation["state"], "done", "{operation}");
            return operation["result"].clone();
        }
    }
}

/// An operation at its end.
#[track_caller]
fn ended(at: &str, begun: &Answer) -> Value {
    assert_eq!(begun.status, 202, "{}", begun.text());
    let place = begun.header("location").to_owned();
    let since = Instant::now();
    loop {
        let operation = get(at, &format!("/api/v1/{place}")).ok();
        if operation["state"] != "running" {
            return operation;
        }
        assert!(since.elapsed() < PATIENCE, "{operation}");
        sleep(Duration::from_millis(50));
    }
}

/// Begins costly work, again and again while other is done.
fn begun(at: &str, path: &str, body: &Value) -> Answer {
    let began = Instant::now();
    loop {
        let answer = post(at, path, &body.to_string());
        if answer.status != 429 || began.elapsed() > PATIENCE {
            return answer;
        }
        assert_eq!(answer.header("retry-after"), "1");
        sleep(Duration::from_millis(100));
    }
}

#[test]
fn profiles_are_taken_fetched_compared_named_and_removed() {
    let (_server, at) = server();
    let take = |kind: &str| {
        let body = json!({"kind": kind, "why": "test", "duration_ms": 50});
        done(&at, "/api/v1/profiles", &body)["id"].as_str().unwrap().to_owned()
    };
    for (kind, formats) in [
        ("heap", &["json", "pprof", "dhat", "folded", "speedscope", "svg", "text", "csv"][..]),
        ("allocation", &["json", "pprof", "folded", "svg", "text", "csv"]),
        ("activity", &["json", "text"]),
    ] {
        let (one, two) = (take(kind), take(kind));
        let meta = get(&at, &format!("/api/v1/profiles/{one}")).ok();
        assert_eq!((meta["kind"].as_str(), meta["why"].as_str()), (Some(kind), Some("test")));
        for format in formats {
            let data = get(&at, &format!("/api/v1/profiles/{one}/data?format={format}"));
            assert_eq!(data.status, 200, "{kind} {format}: {}", data.text());
            assert!(!data.body.is_empty(), "{kind} {format}");
            assert!(data.header("content-disposition").starts_with("attachment"));
        }
        if kind == "heap" {
            let pprof = get(&at, &format!("/api/v1/profiles/{one}/data?format=pprof"));
            assert_eq!(pprof.body[..2], [0x1f, 0x8b], "it is gzip");
            let by_accept = [("accept", "image/svg+xml")];
            let svg = request(&at, "GET", &format!("/api/v1/profiles/{one}/data"), &by_accept, "");
            assert_eq!(svg.header("content-type"), "image/svg+xml");
            get(&at, &format!("/api/v1/heap/tree?profile={one}&base={two}")).ok();
        } else {
            get(&at, &format!("/api/v1/profiles/{one}/data?format=dhat")).problem(406);
        }
        let difference = get(&at, &format!("/api/v1/profiles/diff?before={one}&after={two}")).ok();
        assert_eq!(difference["kind"], kind);
        let json = [("content-type", "application/json")];
        let name = format!("/api/v1/profiles/{one}/baseline");
        assert_eq!(request(&at, "PUT", &name, &json, r#"{"name":"r7"}"#).status, 204);
        assert_eq!(get(&at, &format!("/api/v1/profiles/{one}")).ok()["baseline"], "r7");
        for id in [&one, &two] {
            assert_eq!(delete(&at, &format!("/api/v1/profiles/{id}")).status, 204);
            delete(&at, &format!("/api/v1/profiles/{id}")).problem(404);
        }
    }
    for (body, field) in [
        (r#"{"kind":"cpu"}"#, "kind"),
        (r#"{"kind":"activity","duration_ms":60001}"#, "duration_ms"),
    ] {
        let wrong = post(&at, "/api/v1/profiles", body).problem(422);
        assert_eq!(wrong["fields"][0]["name"], field);
    }
    let type_fault = post(&at, "/api/v1/profiles", r#"{"kind":7}"#).problem(422);
    assert_eq!(type_fault["fields"][0]["name"], "kind");
    get(&at, "/api/v1/profiles/..%5c..%5cx").problem(400);
}

#[test]
fn silences_begin_and_end() {
    let (_server, at) = server();
    let body = json!({"matchers": ["alertname = none"], "duration_ms": 60_000, "by": "me"});
    let begun = post(&at, "/api/v1/silences", &body.to_string());
    assert_eq!(begun.status, 201, "{}", begun.text());
    let id = begun.json()["id"].as_u64().unwrap();
    let all = get(&at, "/api/v1/silences").ok();
    let own = all["items"].as_array().unwrap().iter().find(|it| it["id"] == id).unwrap();
    assert_eq!(
        (own["by"].as_str(), own["matchers"][0].as_str()),
        (Some("me"), Some("alertname = none"))
    );
    assert_eq!(delete(&at, &format!("/api/v1/silences/{id}")).status, 204);
    delete(&at, &format!("/api/v1/silences/{id}")).problem(404);
    let none = r#"{"matchers":[],"duration_ms":1}"#;
    assert_eq!(post(&at, "/api/v1/silences", none).problem(422)["fields"][0]["name"], "matchers");
    post(&at, "/api/v1/silences", r#"{"matchers":["no condition"],"duration_ms":1}"#).problem(422);
    post(&at, "/api/v1/alerts/0/acknowledge", "{}").problem(404);
    post(&at, "/api/v1/proposals/9/agree", "{}").problem(404);
}

#[test]
fn settings_are_shown_checked_and_changed() {
    let (_server, at) = server();
    let config = get(&at, "/api/v1/config");
    let tag = config.header("etag").to_owned();
    let shown = config.ok();
    assert_eq!(shown["file"], "memopt.toml");
    let values = shown["values"].as_array().unwrap();
    let interval = values.iter().find(|it| it["path"] == "monitoring.interval").unwrap();
    assert_eq!(interval["origin"], "memopt.toml:2:12");
    let plain = [("content-type", "text/plain")];
    let check = |text: &str| request(&at, "POST", "/api/v1/config/validate", &plain, text).ok();
    assert_eq!(check("[monitoring]\ninterval = \"1 s\"\n")["valid"], true);
    let wrong = check("[monitoring]\nintervall = \"1 s\"\n");
    assert_eq!(
        (wrong["valid"].as_bool(), wrong["faults"][0]["line"].as_u64()),
        (Some(false), Some(2))
    );
    let put = |text: &str, tag: Option<&str>| {
        let mut headers = plain.to_vec();
        headers.extend(tag.map(|tag| ("if-match", tag)));
        request(&at, "PUT", "/api/v1/config", &headers, text)
    };
    let same = "[monitoring]\ninterval = \"200 ms\"\n# changed\n";
    put(same, None).problem(428);
    put(same, Some("\"0\"")).problem(412);
    put("[nothing]\n", Some(&tag)).problem(422);
    put(same, Some(&tag)).ok();
    put(same, Some(&tag)).problem(412);
    // What is shown is the text itself, at once; secrets stay in it unseen.
    let secret = format!("{same}# token = \"hunter2\"\n");
    put(&secret, Some("*")).ok();
    let config = get(&at, "/api/v1/config");
    let tag = config.header("etag").to_owned();
    let text = config.ok()["text"].as_str().unwrap().to_owned();
    assert_eq!(text, secret.replace("hunter2", "***1"));
    put(&text.replace("changed", "edited"), Some(&tag)).ok();
    let file = format!("memopt-sockets-{}/memopt.toml", std::process::id());
    let file = std::fs::read_to_string(std::env::temp_dir().join(file)).unwrap();
    assert_eq!(file, secret.replace("changed", "edited"));
    let moved = put("[monitoring]\nprogram = \"***1\"\n", Some("*")).problem(422);
    assert_eq!(moved["fields"][0]["name"], "monitoring.program");
    post(&at, "/api/v1/config/validate", "{}").problem(415);
}

#[test]
fn memory_is_given_back_and_the_optimizer_asked() {
    let (_server, at) = server();
    let given = begun(&at, "/api/v1/reclaim", &json!({"pressure": "critical"})).ok();
    assert!(given["text"].as_str().unwrap().starts_with("let go"));
    assert_eq!(begun(&at, "/api/v1/reclaim", &json!({"name": "none"})).problem(404)["status"], 404);
    post(&at, "/api/v1/reclaim", r#"{"pressure":"much"}"#).problem(422);
    let mode = get(&at, "/api/v1/optimizer").ok()["mode"].as_str().unwrap().to_owned();
    assert!(["off", "suggest"].contains(&mode.as_str()), "{mode}");
    begun(&at, "/api/v1/optimizer/tick", &json!({"dry_run": true})).ok();
    begun(&at, "/api/v1/optimizer/tick", &json!({"dry_run": false})).problem(409);
    post(&at, "/api/v1/optimizer/revert", r#"{"site":"none"}"#).problem(409);
    post(&at, "/api/v1/control/optimizer", r#"{"mode":"fast"}"#).problem(422);
    post(&at, "/api/v1/control/heap", r#"{"mode":"sampled","interval_bytes":0}"#).problem(409);
    let on = post(&at, "/api/v1/control/heap", r#"{"mode":"sampled","interval_bytes":4096}"#).ok();
    assert_eq!(on["heap_is_on"], true);
}

#[test]
fn a_rule_is_tried_on_what_is_stored() {
    let (_server, at) = server();
    let rule = "[[alerts.rules]]\nname = \"any\"\nmetric = \"process.resident\"\nabove = \"1 B\"\n";
    let now = get(&at, "/api/v1/health").ok()["now_ms"].as_i64().unwrap();
    let body = json!({"definition": rule, "from": now - 600_000, "to": now + 1_000});
    let tested = begun(&at, "/api/v1/rules/test", &body).ok();
    assert_eq!(tested["changes"][0]["to"], "firing", "{tested}");
    let wrong =
        json!({"definition": "[[alerts.rules]]\nnam = 1\n", "from": now - 1_000, "to": now});
    assert_eq!(
        begun(&at, "/api/v1/rules/test", &wrong).problem(422)["fields"][0]["name"],
        "definition"
    );
    let rules = get(&at, "/api/v1/rules").ok();
    let name = rules["items"][0]["name"].as_str().unwrap().to_owned();
    let one = get(&at, &format!("/api/v1/rules/{name}")).ok();
    assert!(one["definition"].as_str().unwrap().starts_with("[[alerts.rules]]"), "{one}");
}

#[test]
fn a_bundle_is_written_and_fetched() {
    let (_server, at) = server();
    let written = done(&at, "/api/v1/bundle", &json!({"why": "a test"}));
    let name = written["name"].as_str().unwrap();
    let listed = get(&at, "/api/v1/bundles").ok();
    assert!(listed["items"].as_array().unwrap().iter().any(|it| it["name"] == name), "{listed}");
    let began = Instant::now();
    let fetched = loop {
        let fetched = get(&at, &format!("/api/v1/bundles/{name}"));
        if fetched.status != 429 || began.elapsed() > PATIENCE {
            break fetched;
        }
        sleep(Duration::from_millis(100));
    };
    assert_eq!((fetched.status, &fetched.body[..2]), (200, &[0x1f, 0x8b][..]));
}
