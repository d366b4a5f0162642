//! The committed schemas are those of the types, and real texts keep to them.
//!
//! `MEMOPT_GOLDEN=overwrite` writes the schemas anew; read the diff.
#![cfg(feature = "schema")]

#[path = "exports/fixture.rs"]
#[allow(dead_code, reason = "shared with `exports`")]
mod fixture;

use memopt_report::leak::{LeakWatch, Moment};
use memopt_report::{Concurrency, Report, Status};
use serde_json::Value;
use std::path::Path;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schema")
}

fn schema(name: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_committed_files_are_what_the_types_say() {
    for (name, now) in memopt_report::schema::files() {
        let path = folder().join(name);
        if std::env::var("MEMOPT_GOLDEN").as_deref() == Ok("overwrite") {
            std::fs::write(&path, &now).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap();
        assert!(
            committed == now,
            "{name} is no longer what the types say; MEMOPT_GOLDEN=overwrite renews it"
        );
    }
}

/// What of `value` does not keep to `schema`: the first fault, with its place.
fn fault(root: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
        let found = fault(root, &root["$defs"][name], value, at);
        if found.is_some() {
            return found;
        }
    }
    for of in ["anyOf", "oneOf"] {
        if let Some(choices) = schema[of].as_array() {
            let faults: Vec<_> =
                choices.iter().map(|choice| fault(root, choice, value, at)).collect();
            if faults.iter().all(Option::is_some) {
                return Some(format!("{at} is none of {of}: {faults:?}"));
            }
        }
    }
    if let Some(wanted) = schema.get("const").filter(|wanted| *wanted != value) {
        return Some(format!("{at} is {value}, not {wanted}"));
    }
    let named = schema["enum"].as_array();
    if named.is_some_and(|names| !names.contains(value)) {
        return Some(format!("{at} is {value}, none of {named:?}"));
    }
    let is = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{other} is no type"),
    };
    let fits = match &schema["type"] {
        Value::String(kind) => is(kind),
        Value::Array(kinds) => kinds.iter().any(|kind| is(kind.as_str().unwrap())),
        _ => true,
    };
    if !fits {
        return Some(format!("{at} is {value}, not of type {}", schema["type"]));
    }
    if let (Some(least), Some(number)) = (schema["minimum"].as_f64(), value.as_f64())
        && number < least
    {
        return Some(format!("{at} is {number}, less than {least}"));
    }
    if let Some(members) = value.as_object() {
        let required =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        if let Some(missing) = required.into_iter().find(|name| !members.contains_key(*name)) {
            return Some(format!("{at} has no member {missing}"));
        }
        let known = schema["properties"].as_object();
        for (name, member) in members {
            let of = match known.map(|known| known.get(name)) {
                Some(Some(of)) => of,
                // What is not described is a fault in the schema.
                Some(None) => {
                    return Some(format!("{at} has a member {name} that is not described"));
                }
                None => continue,
            };
            let found = fault(root, of, member, &format!("{at}.{name}"));
            if found.is_some() {
                return found;
            }
        }
    }
    let prefix = schema["prefixItems"].as_array().map_or(&[][..], Vec::as_slice);
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        let of = prefix.get(index).unwrap_or(&schema["items"]);
        let found = fault(root, of, item, &format!("{at}[{index}]"));
        if found.is_some() {
            return found;
        }
    }
    None
}

fn check(name: &str, text: &str) {
    let schema = schema(name);
    let value = serde_json::from_str(text).unwrap();
    assert_eq!(fault(&schema, &schema, &value, "text"), None, "{name}");
}

/// Of a real run, read in version 1 and written in this one.
fn report() -> Report {
    Report::from_json(include_str!("data/report.v1.json")).unwrap()
}

#[test]
fn a_report_of_a_real_run_keeps_to_it() {
    let report = report().with_heap(Some(fixture::report()));
    check("report.schema.json", &report.to_json());
    check("heap.schema.json", &fixture::report().to_json());
    let findings = report.findings();
    assert!(findings.len() > 1, "{findings}");
    check("findings.schema.json", &findings.to_json());
    check("concurrency.schema.json", &Concurrency::empty(Status::Counting).to_json());
}

#[test]
fn verdicts_keep_to_it() {
    let mut watch = LeakWatch::new();
    for second in 0..20 {
        let mut heap = fixture::report();
        heap.call_paths[0].live.bytes = 1_000_000 * second;
        heap.call_paths[0].live.blocks = 1_000 * second;
        watch.add(&heap, &Moment::at(second * 1_000_000_000));
    }
    let verdicts = watch.verdicts();
    assert!(!verdicts.is_empty());
    check("verdicts.schema.json", &verdicts.to_json());
}

#[test]
fn a_text_that_does_not_keep_to_it_is_found_out() {
    let schema = schema("report.schema.json");
    let good: Value = serde_json::from_str(&report().to_json()).unwrap();
    let broken = |change: fn(&mut Value)| {
        let mut value = good.clone();
        change(&mut value);
        fault(&schema, &schema, &value, "text").expect("a fault")
    };
    assert_eq!(broken(|v| v["version"] = 1.into()), "text.version is 1, not 2");
    assert!(
        broken(|v| v["sites"][0]["calls"] = "many".into())
            .starts_with("text.sites[0].calls is \"many\"")
    );
    assert!(broken(|v| v["total"]["allocs"] = (-1).into()).contains("less than 0"));
    assert_eq!(
        broken(|v| _ = v.as_object_mut().unwrap().remove("sites")),
        "text has no member sites"
    );
    assert!(
        broken(|v| v["sites"][0]["more"] = 1.into()).contains("member more that is not described")
    );
}
