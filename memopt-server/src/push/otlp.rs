//! The newest reading as OTLP metrics, in the JSON of OTLP/HTTP. Points are cumulative, since
//! memopt's counters are; nothing is added up here.

use crate::answer::now_ms;
use crate::app::Shared;
use crate::settings::Push;
use memopt_monitor::metric::{Kind, Metric, Unit};
use memopt_monitor::source::process;
use memopt_report::units::counted;
use memopt_runtime::__private::{process_wall_ns, site_places};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

/// Where OpenTelemetry's conventions have a name: ours, theirs, the unit, and whether it is a sum
/// that falls too.
const STANDARD: [(&str, &str, &str, bool); 5] = [
    (process::RESIDENT.name, "process.memory.usage", "By", true),
    (process::VIRTUAL.name, "process.memory.virtual", "By", true),
    (process::CPU.name, "process.cpu.time", "s", false),
    (process::THREADS.name, "process.thread.count", "{thread}", true),
    (process::DESCRIPTORS.name, "process.unix.file_descriptor.count", "{file_descriptor}", true),
];

/// Points of one metric at most, as `/metrics` has.
const MOST: usize = 1_000;

/// After which statuses OTLP/HTTP lets a body be sent again.
pub(super) const AGAIN: &[u16] = &[429, 502, 503, 504];

/// A receiver that takes a part says so in its answer.
pub(super) fn judge(answer: &str) -> Result<(), String> {
    let answer: Value = serde_json::from_str(answer).unwrap_or_default();
    let part = &answer["partialSuccess"];
    // A number of 64 bits is a text in this JSON; some write it as a number.
    let rejected = &part["rejectedDataPoints"];
    let rejected = rejected.as_str().and_then(|it| it.parse().ok()).or_else(|| rejected.as_u64());
    match rejected {
        None | Some(0) => Ok(()),
        Some(count) => {
            let why = part["errorMessage"].as_str().unwrap_or("it does not say why");
            let why: String = why.chars().filter(|it| !it.is_control()).take(300).collect();
            Err(format!("the receiver refused {}: {why}", counted(count, "point")))
        }
    }
}

/// File and line of each site.
type Places = HashMap<String, (&'static str, u32)>;

pub(super) fn make(app: &Shared, push: &Push) -> Option<Vec<u8>> {
    let now = app.monitor.published()?;
    let time = nanoseconds(now.at.unix_ms);
    let start = nanoseconds(start_ms(app));
    let places: Places =
        site_places().into_iter().map(|(name, file, line)| (name, (file, line))).collect();
    let mut points: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    let mut dropped = 0_u64;
    for (key, value) in now.frame.readings() {
        let Some(metric) = app.metrics().get(&*key.metric) else { continue };
        let all = points.entry(metric.name).or_default();
        if all.len() < MOST {
            let label = metric.label.zip(key.label.as_ref().map(|(_, value)| &**value));
            let mut point = json!({
                "timeUnixNano": time, "asDouble": value, "attributes": attributes(label, &places),
            });
            if !is_plain_gauge(metric) {
                point["startTimeUnixNano"] = start.clone().into();
            }
            all.push(point);
        } else {
            dropped += 1;
        }
    }
    let mut metrics: Vec<Value> = points
        .into_iter()
        .filter_map(|(name, points)| Some(told(app.metrics().get(name)?, &points)))
        .collect();
    metrics.push(json!({
        "name": "memopt.series.dropped", "unit": "{count}",
        "description": "Series that were left out, because there are too many.",
        "gauge": {"dataPoints": [{"timeUnixNano": time, "asDouble": dropped}]},
    }));
    let scope = json!({"name": "memopt", "version": env!("CARGO_PKG_VERSION")});
    let all = json!({"resourceMetrics": [{
        "resource": {"attributes": resource(app, push)},
        "scopeMetrics": [{"scope": scope, "metrics": metrics}],
    }]});
    serde_json::to_vec(&all).ok()
}

/// When the counters were zero: the start of the process, as it was found first. Another start
/// would look like a reset.
fn start_ms(app: &Shared) -> i64 {
    static START: OnceLock<i64> = OnceLock::new();
    let found = || {
        let wall_ms = i64::try_from(process_wall_ns()? / 1_000_000).ok()?;
        Some(now_ms().saturating_sub(wall_ms))
    };
    *START.get_or_init(|| found().unwrap_or(app.identity.started_ms))
}

/// 64-bit numbers are texts in this JSON.
fn nanoseconds(unix_ms: i64) -> String {
    unix_ms.saturating_mul(1_000_000).to_string()
}

fn standard(metric: &Metric) -> Option<&'static (&'static str, &'static str, &'static str, bool)> {
    STANDARD.iter().find(|it| it.0 == metric.name)
}

fn is_plain_gauge(metric: &Metric) -> bool {
    metric.kind == Kind::Gauge && standard(metric).is_none()
}

fn told(metric: &Metric, points: &[Value]) -> Value {
    let (name, unit) = match standard(metric) {
        Some((_, name, unit, _)) => ((*name).to_owned(), *unit),
        None => (
            format!("memopt.{}", metric.name),
            match metric.unit {
                Unit::Bytes => "By",
                Unit::Seconds => "s",
                Unit::Ratio => "1",
                _ => "{count}",
            },
        ),
    };
    let mut told = json!({"name": name, "description": metric.help, "unit": unit});
    if is_plain_gauge(metric) {
        told["gauge"] = json!({"dataPoints": points});
    } else {
        let falls = standard(metric).is_some_and(|it| it.3);
        // 2 is cumulative.
        let (temporality, is_monotonic) = (2, !falls);
        told["sum"] = json!({
            "aggregationTemporality": temporality, "isMonotonic": is_monotonic,
            "dataPoints": points,
        });
    }
    told
}

/// What a point is of. A site is told by the attributes of code.
fn attributes(label: Option<(&str, &str)>, places: &Places) -> Vec<Value> {
    let Some((name, value)) = label else { return Vec::new() };
    match name {
        // The sum of all others is no function.
        "site" | "thread" if value == "other" => vec![text(&format!("memopt.{name}"), value)],
        "site" => {
            let mut all = vec![text("code.function.name", value)];
            if let Some((file, line)) = places.get(value).filter(|(file, _)| !file.is_empty()) {
                all.push(text("code.file.path", file));
                let line = line.to_string();
                all.push(json!({"key": "code.line.number", "value": {"intValue": line}}));
            }
            all
        }
        "thread" => match value.rsplit_once('#') {
            Some((name, number)) => vec![
                text("thread.name", name),
                json!({"key": "thread.id", "value": {"intValue": number}}),
            ],
            None => vec![text("thread.name", value)],
        },
        name => vec![text(&format!("memopt.{name}"), value)],
    }
}

/// What all points are of. The environment wins over what is known, and the settings' labels over
/// both.
fn resource(app: &Shared, push: &Push) -> Vec<Value> {
    let mut all = BTreeMap::from([
        ("service.name".to_owned(), app.program_name.clone()),
        ("service.instance.id".to_owned(), app.identity.instance.clone()),
        ("telemetry.sdk.name".to_owned(), "memopt".to_owned()),
        ("telemetry.sdk.language".to_owned(), "rust".to_owned()),
        ("telemetry.sdk.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
    ]);
    if let Some(version) = app.settings.version.clone() {
        all.insert("service.version".to_owned(), version);
    }
    for (key, value) in from_environment(|name| std::env::var(name).ok()) {
        all.insert(key, value);
    }
    all.extend(push.labels.clone());
    let mut told: Vec<Value> = all.iter().map(|(key, value)| text(key, value)).collect();
    if !all.contains_key(PID) {
        let pid = app.identity.pid.to_string();
        told.push(json!({"key": PID, "value": {"intValue": pid}}));
    }
    told
}

const PID: &str = "process.pid";

/// Attributes of the variables that OpenTelemetry's SDKs read.
fn from_environment(read: impl Fn(&str) -> Option<String>) -> Vec<(String, String)> {
    let given = read("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default();
    let pairs = given.split(',').filter_map(|pair| pair.split_once('='));
    let mut all: Vec<(String, String)> =
        pairs.map(|(key, value)| (decoded(key.trim()), decoded(value.trim()))).collect();
    all.extend(
        read("OTEL_SERVICE_NAME")
            .filter(|it| !it.is_empty())
            .map(|name| ("service.name".to_owned(), name)),
    );
    all
}

/// With the bytes that are written as `%2C`. What is no such number stays as it is.
fn decoded(text: &str) -> String {
    let digit = |byte: Option<&u8>| char::from(*byte?).to_digit(16);
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], digit(bytes.get(at + 1)), digit(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push((high << 4 | low) as u8);
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn text(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

#[cfg(test)]
mod tests {
    use super::*;
    use memopt_monitor::source::heap;

    #[test]
    fn a_counter_is_a_monotonic_sum_and_memory_one_that_falls() {
        let counter = told(&heap::ALLOCATED, &[]);
        assert_eq!(counter["name"], "memopt.heap.allocated");
        assert_eq!(counter["unit"], "By");
        assert_eq!(counter["sum"]["isMonotonic"], true);
        assert_eq!(counter["sum"]["aggregationTemporality"], 2);
        let resident = told(&process::RESIDENT, &[]);
        assert_eq!(resident["name"], "process.memory.usage");
        assert_eq!(resident["sum"]["isMonotonic"], false);
        assert!(told(&heap::LIVE, &[])["gauge"].is_object());
    }

    #[test]
    fn what_a_receiver_refuses_is_told() {
        assert_eq!(judge(""), Ok(()));
        assert_eq!(judge("{\"partialSuccess\":{}}"), Ok(()));
        assert_eq!(judge("{\"partialSuccess\":{\"errorMessage\":\"slow down\"}}"), Ok(()));
        let one = "{\"partialSuccess\":{\"rejectedDataPoints\":1,\"errorMessage\":\"too old\"}}";
        assert_eq!(judge(one).unwrap_err(), "the receiver refused 1 point: too old");
        for count in ["3", "\"3\""] {
            let part = format!("{{\"rejectedDataPoints\":{count},\"errorMessage\":\"too old\"}}");
            let told = judge(&format!("{{\"partialSuccess\":{part}}}"));
            assert_eq!(told.unwrap_err(), "the receiver refused 3 points: too old");
        }
    }

    #[test]
    fn attributes_of_the_environment_are_taken() {
        let read = |name: &str| match name {
            "OTEL_RESOURCE_ATTRIBUTES" => Some("a.b=c%2Cd+e=f&g%, x=y,none".to_owned()),
            "OTEL_SERVICE_NAME" => Some("shop".to_owned()),
            _ => None,
        };
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let expected = [pair("a.b", "c,d+e=f&g%"), pair("x", "y"), pair("service.name", "shop")];
        assert_eq!(from_environment(read), expected);
        assert_eq!(from_environment(|_| None), []);
    }

    #[test]
    fn a_site_is_told_by_the_attributes_of_code() {
        let places = Places::from([("shop::parse".to_owned(), ("src/main.rs", 7))]);
        let told = attributes(Some(("site", "shop::parse")), &places);
        assert_eq!(told[0], text("code.function.name", "shop::parse"));
        assert_eq!(told[1], text("code.file.path", "src/main.rs"));
        assert_eq!(told[2]["value"]["intValue"], "7");
        for name in ["site", "thread"] {
            let other = attributes(Some((name, "other")), &places);
            assert_eq!(other, [text(&format!("memopt.{name}"), "other")]);
        }
        let thread = attributes(Some(("thread", "worker#7")), &places);
        assert_eq!(thread[0], text("thread.name", "worker"));
        assert_eq!(thread[1]["value"]["intValue"], "7");
        assert_eq!(attributes(Some(("pool", "a")), &places), [text("memopt.pool", "a")]);
    }
}
