//! What is told: one family a metric, and what the monitor and the server know beside them.

use crate::api::server_cpu_ratio;
use crate::app::counters::Pushed;
use crate::app::{App, Metrics, Shared};
use memopt_monitor::alerts::State;
use memopt_monitor::engine::Published;
use memopt_monitor::metric::{Kind, Metric, Unit};
use memopt_monitor::source::process;
use memopt_report::leak::LeakKind;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Metrics of one name.
#[derive(Debug)]
pub(super) struct Family {
    /// Without `_total`.
    pub(super) name: String,
    pub(super) help: String,
    /// `counter`, `gauge`.
    pub(super) kind: &'static str,
    /// `bytes`, `seconds`, `ratio`; none of a count.
    pub(super) unit: Option<&'static str>,
    pub(super) samples: Vec<Sample>,
}

impl Family {
    /// The unit, where the name ends with it, as the formats want it.
    pub(super) fn told_unit(&self) -> Option<&'static str> {
        self.unit.filter(|unit| self.name.ends_with(&format!("_{unit}")))
    }
}

/// One value, and its labels.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) labels: Vec<(&'static str, String)>,
    pub(super) value: f64,
}

/// Values of one name at most: the monitor sums up what is over its own limit as `other`.
const MOST: usize = 1_000;
/// Letters of a label's value at most.
pub(super) const LONGEST: usize = 300;

/// The names that clients of Prometheus use.
const STANDARD: [(&str, &str); 6] = [
    (process::RESIDENT.name, "process_resident_memory_bytes"),
    (process::VIRTUAL.name, "process_virtual_memory_bytes"),
    (process::CPU.name, "process_cpu_seconds"),
    (process::DESCRIPTORS.name, "process_open_fds"),
    (process::DESCRIPTOR_LIMIT.name, "process_max_fds"),
    (process::THREADS.name, "process_threads"),
];

pub(super) fn families(app: &Shared, known: &Metrics) -> Vec<Family> {
    let now = app.monitor.published();
    let mut all = Vec::new();
    let mut dropped = 0;
    // Old figures are not told as if they were read now.
    let runs = app.monitor.is_running() && !app.monitor.is_paused();
    if let Some(now) = now.as_deref() {
        if runs {
            dropped = of_readings(now, known, &mut all);
        }
        of_findings(now, &mut all);
        let help = "When the monitor read last, seconds since 1970.";
        let at = now.at.unix_ms as f64 / 1_000.0;
        all.push(gauge("memopt_last_reading_timestamp_seconds", help, Some("seconds"), at));
    }
    let help = "Whether the monitor reads: 0 while it is paused, and after its end.";
    all.push(gauge("memopt_monitor_running", help, None, f64::from(u8::from(runs))));
    of_server(app, dropped, &mut all);
    of_pushes(app, &mut all);
    all
}

/// The name of a metric for Prometheus, without `_total`.
fn name(metric: &Metric) -> (String, Option<&'static str>) {
    let unit = match metric.unit {
        Unit::Bytes => Some("bytes"),
        Unit::Seconds => Some("seconds"),
        Unit::Ratio => Some("ratio"),
        _ => None,
    };
    if let Some((_, standard)) = STANDARD.iter().find(|(own, _)| *own == metric.name) {
        return ((*standard).to_owned(), unit);
    }
    let plain = metric.name.replace('.', "_");
    let name = match unit {
        Some(unit) if !plain.ends_with(&format!("_{unit}")) => format!("memopt_{plain}_{unit}"),
        _ => format!("memopt_{plain}"),
    };
    (name, unit)
}

/// All readings. How many were left out.
fn of_readings(now: &Published, known: &Metrics, all: &mut Vec<Family>) -> usize {
    let mut values: BTreeMap<&str, Vec<Sample>> = BTreeMap::new();
    let mut dropped = 0;
    for (key, value) in now.frame.readings() {
        let Some(metric) = known.get(&*key.metric) else { continue };
        let label = metric
            .label
            .zip(key.label.as_ref())
            .map(|(name, (_, value))| (name, value.chars().take(LONGEST).collect::<String>()));
        let samples = values.entry(metric.name).or_default();
        if samples.len() >= MOST {
            dropped += 1;
            continue;
        }
        samples.push(Sample { labels: label.into_iter().collect(), value: *value });
    }
    for (own, samples) in values {
        let Some(metric) = known.get(own) else { continue };
        let (name, unit) = name(metric);
        let kind = if metric.kind == Kind::Counter { "counter" } else { "gauge" };
        all.push(Family { name, help: metric.help.to_owned(), kind, unit, samples });
    }
    dropped
}

fn of_findings(now: &Published, all: &mut Vec<Family>) {
    let found = &now.found;
    let mut alerts: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    for alert in &now.alerts {
        *alerts.entry((alert.severity.word(), alert.state.word())).or_default() += 1.0;
    }
    let firing = now.alerts.iter().filter(|alert| alert.state == State::Firing).count();
    let labelled = alerts.into_iter().map(|((severity, state), value)| Sample {
        labels: vec![("severity", severity.to_owned()), ("state", state.to_owned())],
        value,
    });
    all.push(Family {
        samples: labelled.collect(),
        ..gauge("memopt_alerts", "Alerts that are pending or fire.", None, 0.0)
    });
    for (name, help, value) in [
        ("memopt_alerts_firing", "Alerts that fire.", firing),
        ("memopt_findings", "What the detectors say of sites.", found.findings.len()),
        ("memopt_leaks", "Places that leak, are bloated or retained.", found.verdicts.len()),
    ] {
        all.push(gauge(name, help, None, value as f64));
    }
    let leaks = found.verdicts.iter().filter(|verdict| verdict.kind == LeakKind::Leak);
    let mut by_site: BTreeMap<&str, f64> = BTreeMap::new();
    for leak in leaks {
        *by_site.entry(leak.site()).or_default() += leak.growth.bytes_per_second.value;
    }
    let samples = by_site.into_iter().take(MOST).map(|(site, value)| Sample {
        labels: vec![("site", site.chars().take(LONGEST).collect())],
        value,
    });
    let help = "Bytes that a site which leaks holds more each second.";
    all.push(Family {
        samples: samples.collect(),
        ..gauge("memopt_site_leak_bytes_per_second", help, None, 0.0)
    });
    if let Some(risk) = &found.risk {
        let help = "How likely memory becomes a problem, 0 to 1.";
        all.push(gauge("memopt_risk_ratio", help, Some("ratio"), risk.score));
    }
    if let Ok(limit) = &now.limit {
        let help = "The memory limit in force, by its name.";
        let of = |value| vec![Sample { labels: vec![("limit", limit.name.clone())], value }];
        let samples = of(limit.bytes as f64);
        all.push(Family { samples, ..gauge("memopt_limit_bytes", help, Some("bytes"), 0.0) });
        if let Some(used) = now.frame.get(&limit.used) {
            let help = "Bytes in use of the memory limit in force: by all that share it.";
            let family = gauge("memopt_limit_used_bytes", help, Some("bytes"), 0.0);
            all.push(Family { samples: of(used), ..family });
        }
    }
}

fn of_server(app: &Shared, dropped: usize, all: &mut Vec<Family>) {
    let labels = vec![
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("program", app.program_name.clone()),
        ("service_instance", app.identity.instance.clone()),
    ];
    let help = "The version of memopt, and what it watches.";
    all.push(Family {
        samples: vec![Sample { labels, value: 1.0 }],
        ..gauge("memopt_build_info", help, None, 0.0)
    });
    let started = app.identity.started_ms as f64 / 1_000.0;
    let help = "When the server was started, seconds since 1970.";
    all.push(gauge("memopt_start_time_seconds", help, Some("seconds"), started));
    let help = "Series that were left out, because there are too many.";
    all.push(gauge("memopt_series_dropped", help, None, dropped as f64));
    let help = "CPU time of the server since its start, as a share of one core.";
    all.push(gauge("memopt_server_cpu_ratio", help, Some("ratio"), server_cpu_ratio(app)));
    let App { counters, hub, .. } = &**app;
    for (name, help, value) in [
        ("memopt_server_requests", "Requests that were let through.", &counters.requests),
        ("memopt_server_refused", "Requests that were not let through.", &counters.refused),
        ("memopt_server_events_dropped", "Events that slow listeners lost.", &hub.dropped),
    ] {
        let value = value.load(Relaxed) as f64;
        all.push(Family { kind: "counter", ..gauge(name, help, None, value) });
    }
}

/// One counter of what was sent.
type Read = fn(&Pushed) -> &AtomicU64;

/// What was sent to receivers, where there are some.
fn of_pushes(app: &Shared, all: &mut Vec<Family>) {
    let pushes = &app.counters.pushes;
    if pushes.is_empty() {
        return;
    }
    let kinds: [(_, _, _, Read); 4] = [
        ("sent", "counter", "Bodies that a receiver took.", |it| &it.sent),
        ("failed", "counter", "Attempts to send a body in vain.", |it| &it.failed),
        ("dropped", "counter", "Bodies that were given up.", |it| &it.dropped),
        ("waiting", "gauge", "Bodies that wait to be sent.", |it| &it.waiting),
    ];
    for (name, kind, help, read) in kinds {
        let sample = |pushed: &Arc<Pushed>| Sample {
            labels: vec![("to", pushed.to.to_owned())],
            value: read(pushed).load(Relaxed) as f64,
        };
        let samples = pushes.iter().map(sample).collect();
        let family = gauge(&format!("memopt_push_{name}"), help, None, 0.0);
        all.push(Family { kind, samples, ..family });
    }
}

fn gauge(name: &str, help: &str, unit: Option<&'static str>, value: f64) -> Family {
    Family {
        name: name.to_owned(),
        help: help.to_owned(),
        kind: "gauge",
        unit,
        samples: vec![Sample { labels: Vec::new(), value }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use memopt_monitor::source::heap;

    #[test]
    fn names_follow_the_conventions() {
        for (metric, expected) in [
            (heap::LIVE, "memopt_heap_live_bytes"),
            (heap::ALLOCATED_BLOCKS, "memopt_heap_allocated_blocks"),
            (process::RESIDENT, "process_resident_memory_bytes"),
            (process::CPU, "process_cpu_seconds"),
            (heap::SITES, "memopt_sites"),
        ] {
            assert_eq!(name(&metric).0, expected);
        }
    }
}
