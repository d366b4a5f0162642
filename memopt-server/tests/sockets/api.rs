//! What is read.

use crate::client::{get, request};
use crate::server;
use serde_json::Value;

/// All reads of the description, with values for what their paths need.
fn reads(description: &Value) -> Vec<String> {
    let paths = description["paths"].as_object().unwrap();
    paths
        .iter()
        .filter(|(_, item)| item.get("get").is_some())
        .map(|(path, _)| path.clone())
        .collect()
}

#[test]
fn each_read_answers_as_it_is_described() {
    let (_server, at) = server();
    let description = get(&at, "/openapi.json").ok();
    assert_eq!(description["openapi"].as_str().unwrap().split('.').next(), Some("3"));
    let reads = reads(&description);
    assert!(reads.len() >= 40, "{}", reads.len());
    for path in reads {
        let asked = match path.as_str() {
            "/api/v1/metrics/history" => format!("{path}?metric=process.resident"),
            "/api/v1/profiles/diff" => format!("{path}?before=none&after=none"),
            "/api/v1/events" => continue,
            _ => path.replace("{id}", "77").replace("{name}", "none"),
        };
        let answer = get(&at, &asked);
        let described = &description["paths"][&path]["get"]["responses"];
        let status = answer.status.to_string();
        assert!(described.get(&status).is_some(), "{path}: {status} {}", answer.text());
        let is_missing = path.contains('{') || path.ends_with("/diff");
        assert_eq!(answer.status, if is_missing { 404 } else { 200 }, "{path}: {}", answer.text());
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none';"));
        let is_state = answer.status == 200
            && answer.header("content-type") == "application/json"
            && !path.contains("/data")
            && !path.contains("/export");
        if is_state {
            let body = answer.json();
            assert_eq!(body["pid"], std::process::id(), "{path}");
            assert!(body["started_ms"].as_i64().unwrap() > 1_700_000_000_000, "{path}");
            if body.get("items").is_some() && body.get("total").is_some() {
                assert!(
                    body["total"].as_u64().unwrap()
                        >= body["items"].as_array().unwrap().len() as u64
                );
            }
        }
        // What is not known is refused, with its name.
        if path != "/api/v1/config/schema" && path != "/api/v1/session" && answer.status == 200 {
            let glue = if asked.contains('?') { '&' } else { '?' };
            let wrong = get(&at, &format!("{asked}{glue}nonsense=1"));
            if wrong.status != 200 {
                let document = wrong.problem(422);
                assert_eq!(document["fields"][0]["name"], "nonsense", "{path}");
            }
        }
    }
}

#[test]
fn sites_are_listed_and_shown() {
    let (_server, at) = server();
    // By a part of the name or of the file, in whatever case. Other tests have sites in theirs.
    let list = get(&at, "/api/v1/sites?q=SOCKETS/MAIN.RS&sort=name").ok();
    let names = |list: &Value| -> Vec<String> {
        let items = list["items"].as_array().unwrap().iter();
        items.map(|site| site["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&list), ["sockets.inner", "sockets.work"]);
    let one = get(&at, "/api/v1/sites?q=Sockets.INN").ok();
    assert_eq!(names(&one), ["sockets.inner"]);
    let site = &list["items"][1];
    assert_eq!((site["calls"].as_u64(), site["kind"].as_str()), (Some(1), Some("function")));
    // 100 + 200 + .. + 9900 bytes, and what `inner` took.
    assert_eq!(site["bytes"], 495_000 + 300_000);
    assert_eq!(site["self_bytes"], 495_000);
    assert_eq!(site["allocs"], 100);
    let id = site["id"].as_str().unwrap();
    let one = get(&at, &format!("/api/v1/sites/{id}")).ok();
    assert_eq!(one["stats"]["bytes"]["max"], 795_000);
    assert_eq!(one["callees"][0]["name"], "sockets.inner");
    assert_eq!(
        (one["tree"]["total"].as_u64(), one["tree"]["self"].as_u64()),
        (Some(795_000), Some(495_000))
    );
    assert_eq!(one["tree"]["children"][0]["name"], "sockets.inner");
    let sizes = one["size_classes"].as_array().unwrap();
    assert_eq!(sizes.iter().map(|class| class[2].as_u64().unwrap()).sum::<u64>(), 99);
    let inner = list["items"][0]["id"].as_str().unwrap();
    let inner = get(&at, &format!("/api/v1/sites/{inner}")).ok();
    assert_eq!(inner["callers"][0]["path"][0], "sockets.work");
    get(&at, "/api/v1/sites/0000000000000000").problem(404);
    get(&at, "/api/v1/sites/none").problem(404);
    let wrong = get(&at, "/api/v1/sites?sort=size").problem(422);
    assert_eq!(wrong["fields"][0]["name"], "sort");
    get(&at, "/api/v1/sites?limit=1001").problem(422);
    assert_eq!(
        get(&at, "/api/v1/sites?limit=1&offset=1").ok()["items"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn history_is_told_in_points() {
    let (_server, at) = server();
    let path = "/api/v1/metrics/history?metric=process.resident&from=60s&step=1s";
    let told = get(&at, path).ok();
    assert_eq!((told["unit"].as_str(), told["as"].as_str()), (Some("bytes"), Some("value")));
    let points = told["series"][0]["points"].as_array().unwrap();
    assert!(!points.is_empty());
    for point in points.iter().filter(|point| !point[1].is_null()) {
        assert!(point[1].as_f64() <= point[2].as_f64() && point[2].as_f64() <= point[3].as_f64());
    }
    let of_sites = "/api/v1/metrics/history?metric=site.retained&label=sockets.inner";
    let told = get(&at, of_sites).ok();
    assert_eq!(told["label_name"], "site");
    assert_eq!(told["series"].as_array().unwrap().len(), 1);
    let missing = get(&at, "/api/v1/metrics/history?metric=process.residant").problem(404);
    assert!(missing["detail"].as_str().unwrap().contains("did you mean `process.resident`"));
    for (query, field) in [
        ("from=1&to=1", "from"),
        ("from=yesterday", "from"),
        ("step=0", "step"),
        ("from=30d&step=1s", "step"),
        ("as=sum", "as"),
    ] {
        let path = format!("/api/v1/metrics/history?metric=process.resident&{query}");
        assert_eq!(get(&at, &path).problem(422)["fields"][0]["name"], field, "{query}");
    }
}

/// The total of a node, which is that of all inside and its own.
fn sum(node: &Value) -> u64 {
    let inside = node["children"].as_array().unwrap().iter().map(sum).sum::<u64>();
    let total = node["total"].as_u64().unwrap();
    assert_eq!(total, inside + node["self"].as_u64().unwrap(), "{}", node["name"]);
    total
}

#[test]
fn the_heap_is_a_tree() {
    let (_server, at) = server();
    let tree = get(&at, "/api/v1/heap/tree?weight=live&min_ratio=0").ok();
    assert_eq!(
        (tree["source"].as_str(), tree["root"]["kind"].as_str()),
        (Some("heap"), Some("root"))
    );
    assert!(sum(&tree["root"]) > 0);
    let scopes = get(&at, "/api/v1/heap/tree?source=scopes").ok();
    assert_eq!(
        (scopes["weight"].as_str(), scopes["is_estimate"].as_bool()),
        (Some("allocated"), Some(false))
    );
    sum(&scopes["root"]);
    for (query, field) in [
        ("source=scopes&weight=live", "weight"),
        ("source=nothing", "source"),
        ("min_ratio=2", "min_ratio"),
        ("thread=nobody", "thread"),
        ("weight=allocated&thread=x", "thread"),
    ] {
        let wrong = get(&at, &format!("/api/v1/heap/tree?{query}")).problem(422);
        assert_eq!(wrong["fields"][0]["name"], field, "{query}");
    }
    get(&at, "/api/v1/heap/tree?base=none").problem(404);
}

#[test]
fn what_is_no_route_is_told_so() {
    let (_server, at) = server();
    get(&at, "/api/v1/nothing").problem(404);
    get(&at, "/nothing").problem(404);
    let page = request(&at, "GET", "/sites", &[("accept", "text/html")], "");
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let wrong = request(&at, "DELETE", "/api/v1/sites", &[], "");
    wrong.problem(405);
    assert!(wrong.header("allow").contains("GET"));
    get(&at, "/assets/0/none.js").problem(404);
}
