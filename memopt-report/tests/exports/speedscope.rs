//! What speedscope's file format (<https://www.speedscope.app/file-format-schema.json>,
//! `file-format-spec.ts` of its sources) asks of a file, and what its importer relies on. Members
//! it does not name are allowed.

use serde_json::{Map, Value, json};

type Object = Map<String, Value>;

const SCHEMA: &str = "https://www.speedscope.app/file-format-schema.json";
const UNITS: [&str; 6] =
    ["none", "nanoseconds", "microseconds", "milliseconds", "seconds", "bytes"];

/// What is wrong with a file, with the place; `Ok` for a valid one.
pub(crate) fn check(file: &Value) -> Result<(), String> {
    let file = object(file, "the file")?;
    if text(file, "$schema")? != SCHEMA {
        return Err("`$schema` names another format".into());
    }
    for name in ["name", "exporter"] {
        optional(file, name, Value::is_string)?;
    }
    let shared = object(member(file, "shared")?, "shared")?;
    let frames = list(shared, "frames")?;
    for (at, frame) in frames.iter().enumerate() {
        check_frame(frame).map_err(|error| format!("frame {at}: {error}"))?;
    }
    let profiles = list(file, "profiles")?;
    for (at, profile) in profiles.iter().enumerate() {
        check_profile(profile, frames.len()).map_err(|error| format!("profile {at}: {error}"))?;
    }
    if let Some(active) = file.get("activeProfileIndex") {
        index(active, profiles.len())?;
    }
    Ok(())
}

fn check_frame(frame: &Value) -> Result<(), String> {
    let frame = object(frame, "a frame")?;
    text(frame, "name")?;
    optional(frame, "file", Value::is_string)?;
    optional(frame, "line", Value::is_number)?;
    optional(frame, "col", Value::is_number)
}

fn check_profile(profile: &Value, frames: usize) -> Result<(), String> {
    let profile = object(profile, "a profile")?;
    text(profile, "name")?;
    let unit = text(profile, "unit")?;
    if !UNITS.contains(&unit) {
        return Err(format!("`{unit}` is no unit"));
    }
    let (start, end) = (number(profile, "startValue")?, number(profile, "endValue")?);
    if end < start {
        return Err(format!("it ends at {end} and starts at {start}"));
    }
    match text(profile, "type")? {
        "sampled" => check_samples(profile, frames, end - start),
        "evented" => check_events(profile, frames, start, end),
        other => Err(format!("`{other}` is no type")),
    }
}

/// Stacks of frames, the outermost first, and as many weights, which fit between start and end.
fn check_samples(profile: &Object, frames: usize, length: f64) -> Result<(), String> {
    let (samples, weights) = (list(profile, "samples")?, list(profile, "weights")?);
    if samples.len() != weights.len() {
        return Err(format!("{} samples have {} weights", samples.len(), weights.len()));
    }
    for sample in samples {
        for frame in sample.as_array().ok_or("a sample is no list")? {
            index(frame, frames)?;
        }
    }
    let mut sum = 0.0;
    for weight in weights {
        let weight = weight.as_f64().ok_or("a weight is no number")?;
        if weight < 0.0 {
            return Err(format!("the weight {weight} is below nothing"));
        }
        sum += weight;
    }
    if sum > length {
        return Err(format!("the weights are {sum}, there is room for {length}"));
    }
    Ok(())
}

/// Frames that open and close in order of time, each inside of the one that was opened before.
fn check_events(profile: &Object, frames: usize, start: f64, end: f64) -> Result<(), String> {
    let (mut open, mut last) = (Vec::new(), start);
    for event in list(profile, "events")? {
        let event = object(event, "an event")?;
        let at = number(event, "at")?;
        if at < last || at > end {
            return Err(format!("an event at {at} comes after one at {last}; the end is {end}"));
        }
        last = at;
        let frame = index(member(event, "frame")?, frames)?;
        match text(event, "type")? {
            "O" => open.push(frame),
            "C" if open.pop() == Some(frame) => {}
            "C" => return Err(format!("frame {frame} is closed and is not the innermost")),
            other => return Err(format!("`{other}` is no type of event")),
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("{open:?} are not closed")) }
}

fn object<'a>(value: &'a Value, what: &str) -> Result<&'a Object, String> {
    value.as_object().ok_or_else(|| format!("{what} is no object"))
}

fn member<'a>(object: &'a Object, name: &str) -> Result<&'a Value, String> {
    object.get(name).ok_or_else(|| format!("`{name}` is missing"))
}

fn text<'a>(object: &'a Object, name: &str) -> Result<&'a str, String> {
    member(object, name)?.as_str().ok_or_else(|| format!("`{name}` is no text"))
}

fn number(object: &Object, name: &str) -> Result<f64, String> {
    member(object, name)?.as_f64().ok_or_else(|| format!("`{name}` is no number"))
}

fn list<'a>(object: &'a Object, name: &str) -> Result<&'a [Value], String> {
    member(object, name)?
        .as_array()
        .map(Vec::as_slice)
        .ok_or_else(|| format!("`{name}` is no list"))
}

fn optional(object: &Object, name: &str, is_right: fn(&Value) -> bool) -> Result<(), String> {
    match object.get(name) {
        Some(value) if !is_right(value) => Err(format!("`{name}` is of another type")),
        _ => Ok(()),
    }
}

fn index(value: &Value, len: usize) -> Result<u64, String> {
    let index = value.as_u64().ok_or_else(|| format!("{value} is no index"))?;
    if index < len as u64 { Ok(index) } else { Err(format!("{index} is not one of {len}")) }
}

/// A small file with a profile of each type.
fn valid() -> Value {
    let head = |kind: &str| json!({"type": kind, "name": "n", "unit": "bytes", "startValue": 1, "endValue": 9});
    let mut sampled = head("sampled");
    sampled["samples"] = json!([[0, 1], [], [1]]);
    sampled["weights"] = json!([3, 0, 5]);
    let mut evented = head("evented");
    let event = |kind: &str, at: u32, frame: u32| json!({"type": kind, "at": at, "frame": frame});
    evented["events"] =
        json!([event("O", 1, 0), event("O", 2, 1), event("C", 2, 1), event("C", 9, 0)]);
    json!({
        "$schema": SCHEMA,
        "shared": {"frames": [{"name": "a", "file": "a.rs", "line": 1, "col": 2}, {"name": "b"}]},
        "profiles": [sampled, evented],
        "activeProfileIndex": 1,
        "name": "n",
        "exporter": "e@1",
    })
}

#[test]
fn a_valid_file_of_speedscopes_passes() {
    assert_eq!(check(&valid()), Ok(()));
}

#[test]
fn every_required_member_is_asked_for() {
    for (place, members) in [
        ("", &["$schema", "shared", "profiles"][..]),
        ("/shared", &["frames"]),
        ("/shared/frames/0", &["name"]),
        ("/profiles/0", &["type", "name", "unit", "startValue", "endValue", "samples", "weights"]),
        ("/profiles/1", &["type", "name", "unit", "startValue", "endValue", "events"]),
        ("/profiles/1/events/0", &["type", "at", "frame"]),
    ] {
        for member in members {
            let mut file = valid();
            assert!(
                file.pointer_mut(place).unwrap().as_object_mut().unwrap().remove(*member).is_some()
            );
            let error = check(&file).unwrap_err();
            assert!(error.ends_with(&format!("`{member}` is missing")), "{error}");
        }
    }
}

#[test]
fn wrong_values_are_told() {
    for (place, value, said) in [
        ("/$schema", json!("https://www.speedscope.app/"), "names another format"),
        ("/name", json!(1), "of another type"),
        ("/shared/frames/0/line", json!("1"), "of another type"),
        ("/activeProfileIndex", json!(2), "2 is not one of 2"),
        ("/profiles/0/type", json!("sample"), "`sample` is no type"),
        ("/profiles/0/unit", json!("byte"), "`byte` is no unit"),
        ("/profiles/0/endValue", json!(0), "ends at 0 and starts at 1"),
        ("/profiles/0/samples/0/1", json!(2), "2 is not one of 2"),
        ("/profiles/0/samples/0/1", json!(-1), "-1 is no index"),
        ("/profiles/0/samples", json!([[0]]), "1 samples have 3 weights"),
        ("/profiles/0/weights/1", json!(-1), "below nothing"),
        ("/profiles/0/weights/1", json!(9), "room for 8"),
        ("/profiles/1/events/0/type", json!("B"), "no type of event"),
        ("/profiles/1/events/0/frame", json!(5), "5 is not one of 2"),
        ("/profiles/1/events/1/at", json!(0), "after one at 1"),
        ("/profiles/1/events/3/at", json!(10), "the end is 9"),
        ("/profiles/1/events/2/frame", json!(0), "not the innermost"),
        ("/profiles/1/events", json!([{"type": "O", "at": 1, "frame": 0}]), "not closed"),
    ] {
        let mut file = valid();
        *file.pointer_mut(place).unwrap() = value;
        let error = check(&file).unwrap_err();
        assert!(error.contains(said), "{place}: {error}");
    }
}
