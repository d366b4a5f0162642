//! The description of the API as it was agreed: a change of it is seen in a review.
//!
//! `MEMOPT_UPDATE=1 cargo test -p memopt-server --test openapi` writes it anew.
#![forbid(unsafe_code)]

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/openapi.json");

#[test]
fn it_is_the_one_that_is_kept() {
    let now = memopt_server::openapi() + "\n";
    if std::env::var_os("MEMOPT_UPDATE").is_some() {
        std::fs::write(FILE, &now).unwrap();
    }
    let kept = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(kept == now, "the API changed: look at it, then run with MEMOPT_UPDATE=1");
}

#[test]
fn each_route_says_what_it_is_and_each_name_is_known() {
    let all: Value = serde_json::from_str(&memopt_server::openapi()).unwrap();
    assert_eq!(all["openapi"], "3.1.0");
    let schemas = all["components"]["schemas"].as_object().unwrap();
    let mut names = BTreeSet::new();
    references(&all, &mut names);
    for name in &names {
        assert!(schemas.contains_key(name), "{name} is not described");
    }
    for (path, item) in all["paths"].as_object().unwrap() {
        for (method, route) in item.as_object().unwrap() {
            let summary = route["summary"].as_str().unwrap_or_default();
            assert!(!summary.is_empty(), "{method} {path}");
            assert!(route["operationId"].is_string(), "{method} {path}");
        }
    }
}

/// Two types of one name would be described as one of them.
#[test]
fn each_name_is_of_one_type() {
    let all: Value = serde_json::from_str(&memopt_server::openapi()).unwrap();
    let schemas = all["components"]["schemas"].as_object().unwrap();
    let mut seen = BTreeSet::new();
    let mut folders = vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for derived in text.split("ToSchema)]").skip(1) {
                let mut words = derived.split([' ', '\n', '<']);
                words.find(|word| *word == "struct" || *word == "enum");
                let name = words.next().unwrap_or_default();
                let is_new = !schemas.contains_key(name) || seen.insert(name.to_owned());
                assert!(is_new, "{name} of {} has the name of another type", path.display());
            }
        }
    }
    assert!(seen.len() > 50, "{}", seen.len());
}

fn references(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(name) = members.get("$ref").and_then(Value::as_str) {
                into.extend(name.strip_prefix("#/components/schemas/").map(str::to_owned));
            }
            members.values().for_each(|value| references(value, into));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, into)),
        _ => {}
    }
}
