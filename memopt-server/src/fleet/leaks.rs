//! What leaks, where it was seen first, and where it leaks now.

use super::ask::{Answers, What};
use super::client::Row;
use super::model::{Alert, Leak, LeakAt, service, text};
use std::collections::{BTreeMap, BTreeSet};

/// Leaks at most, and instances of each that are named.
const MOST: usize = 100;
const NAMED: usize = 20;

/// What leaks now, the quickest first; then what leaked within a week, the newest first. All of it:
/// see [`cut`].
pub(super) fn leaks(said: &[&Answers]) -> Vec<Leak> {
    let mut all: BTreeMap<(String, String), BTreeMap<String, LeakAt>> = BTreeMap::new();
    let mut each = |what, set: &dyn Fn(&mut LeakAt, f64)| {
        for row in said.iter().flat_map(|answers| answers.rows(what)) {
            let site = all.entry((service(row), row.label("site").to_owned())).or_default();
            let at = site.entry(row.label("instance").to_owned()).or_insert_with(|| new(row));
            set(at, row.value);
        }
    };
    // First what leaks now: its version is the one that runs.
    each(What::Leaks, &|at, value| at.leaking = at.leaking.max(value));
    for what in [What::Began, What::BeganBefore] {
        each(what, &|at, seconds| {
            let ms = (seconds * 1_000.0) as i64;
            at.since_ms = Some(at.since_ms.map_or(ms, |since| since.min(ms)));
        });
    }
    let mut all: Vec<Leak> = all.into_iter().map(|(name, at)| leak(name, at)).collect();
    let newest = |leak: &Leak| leak.instances.iter().filter_map(|at| at.since_ms).max();
    all.sort_by(|a, b| b.leaking.total_cmp(&a.leaking).then_with(|| newest(b).cmp(&newest(a))));
    all
}

/// Leaves as many as are shown. Last: what leaks is counted before.
pub(super) fn cut(all: &mut Vec<Leak>) {
    all.truncate(MOST);
    for leak in all {
        leak.more = leak.instances.len().saturating_sub(NAMED);
        leak.instances.truncate(NAMED);
    }
}

fn new(row: &Row) -> LeakAt {
    let (instance, version) = (row.label("instance").to_owned(), text(row, "version"));
    LeakAt { instance, version, ..LeakAt::default() }
}

fn leak((service, site): (String, String), at: BTreeMap<String, LeakAt>) -> Leak {
    let mut instances: Vec<LeakAt> = at.into_values().collect();
    let leaking = instances.iter().map(|at| at.leaking).sum();
    let now = instances.iter().filter(|at| at.leaking > 0.0).count();
    // The first one first; where it is not known when, the quickest.
    instances.sort_by(|a, b| {
        let since = |at: &LeakAt| at.since_ms.unwrap_or(i64::MAX);
        since(a).cmp(&since(b)).then_with(|| b.leaking.total_cmp(&a.leaking))
    });
    Leak { service, site, leaking, now, instances, more: 0 }
}

/// What Prometheus alerts of, each once.
pub(super) fn alerts(said: &[&Answers]) -> Vec<Alert> {
    let rows = said.iter().flat_map(|answers| answers.rows(What::Alerts));
    let all: BTreeSet<Alert> = rows
        .map(|row| Alert {
            service: service(row),
            instance: row.label("instance").to_owned(),
            name: row.label("alertname").to_owned(),
            severity: text(row, "severity"),
            site: text(row, "site"),
        })
        .collect();
    all.into_iter().collect()
}
