//! The instances, and the versions side by side.
//!
//! Instances are told apart by service and name: an address that scrapes what another scrapes too
//! adds none.

use super::ask::{Answers, What};
use super::client::Row;
use super::model::{Leak, Program, Release, service, text};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Instances at most.
const MOST: usize = 20_000;
/// Versions at most, those that most instances run.
const VERSIONS: usize = 500;

/// Service and instance.
type Name = (String, String);

fn name(row: &Row) -> Name {
    (service(row), row.label("instance").to_owned())
}

/// All instances, and how many were left out.
pub(super) fn programs(said: &[&Answers], leaks: &[Leak]) -> (Vec<Program>, usize) {
    let mut all = BTreeMap::new();
    let mut dropped = BTreeSet::new();
    for (source, answers) in said.iter().enumerate() {
        for row in answers.rows(What::Programs).iter().chain(answers.rows(What::Down)) {
            let name = name(row);
            if !all.contains_key(&name) && all.len() >= MOST {
                dropped.insert(name);
                continue;
            }
            all.entry(name).or_insert_with_key(|name| new(name, source));
        }
        let own = all.values_mut().filter(|program| program.source == source);
        let mut own: BTreeMap<Name, &mut Program> =
            own.map(|it| ((it.service.clone(), it.instance.clone()), it)).collect();
        fill(&mut own, answers);
    }
    for leak in leaks {
        for at in leak.instances.iter().filter(|at| at.leaking > 0.0) {
            if let Some(program) = all.get_mut(&(leak.service.clone(), at.instance.clone())) {
                program.leaks += 1;
                program.leaking += at.leaking;
            }
        }
    }
    (all.into_values().collect(), dropped.len())
}

fn new((service, instance): &Name, source: usize) -> Program {
    Program { service: service.clone(), instance: instance.clone(), source, ..Program::default() }
}

/// Fills in what an address told of the instances that are its own.
fn fill(own: &mut BTreeMap<Name, &mut Program>, answers: &Answers) {
    let mut each = |what, set: &dyn Fn(&mut Program, &Row)| {
        for row in answers.rows(what) {
            if let Some(program) = own.get_mut(&name(row)) {
                set(program, row);
            }
        }
    };
    each(What::Programs, &|program, row| {
        program.own_name = text(row, "program");
        // Where the scrape has a `version`, the one that the program tells is called so.
        let told = text(row, "exported_version");
        program.memopt_version = told.or_else(|| text(row, "version"));
    });
    each(What::Down, &|program, row| {
        program.is_down = true;
        program.version = text(row, "version");
    });
    each(What::Resident, &|program, row| {
        program.version = text(row, "version");
        program.resident = Some(row.value);
    });
    each(What::HeapLive, &|program, row| program.heap_live = Some(row.value));
    each(What::Allocated, &|program, row| program.allocated = Some(row.value));
    each(What::Limit, &|program, row| program.limit = Some(row.value));
    each(What::LimitUsed, &|program, row| program.limit_used = Some(row.value));
    each(What::OwnAlerts, &|program, row| program.alerts = Some(row.value));
}

/// The versions of each service, the most instances first.
pub(super) fn versions(programs: &[Program]) -> Vec<Release> {
    let mut all: BTreeMap<(&str, Option<&str>), Vec<&Program>> = BTreeMap::new();
    for program in programs {
        all.entry((&program.service, program.version.as_deref())).or_default().push(program);
    }
    let mut all: Vec<Release> = all
        .into_iter()
        .map(|((service, version), of)| Release {
            service: service.to_owned(),
            version: version.map(str::to_owned),
            instances: of.len(),
            down: of.iter().filter(|it| it.is_down).count(),
            leaking: of.iter().filter(|it| it.leaks > 0).count(),
            resident: mean(&of, |it| it.resident),
            heap_live: mean(&of, |it| it.heap_live),
            allocated: mean(&of, |it| it.allocated),
            resident_max: of.iter().filter_map(|it| it.resident).max_by(f64::total_cmp),
            alerts: of.iter().filter_map(|it| it.alerts).sum(),
        })
        .collect();
    all.sort_by_key(|version| Reverse(version.instances));
    all.truncate(VERSIONS);
    all.sort_by(|a, b| a.service.cmp(&b.service).then(b.instances.cmp(&a.instances)));
    all
}

fn mean(of: &[&Program], value: impl Fn(&Program) -> Option<f64>) -> Option<f64> {
    let known: Vec<f64> = of.iter().filter_map(|it| value(it)).collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}
