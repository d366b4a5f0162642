//! The sites that allocate and retain the most, over all instances.
//!
//! Only Prometheus knows the sums of a service. Those of several addresses are added where they
//! scrape other instances of it; where one scrapes what an earlier one does, the larger sum holds.

use super::ask::{Answers, What};
use super::client::Row;
use super::model::{Leak, Release, Site, SiteVersion, service, text};
use std::collections::{BTreeMap, BTreeSet};

/// Sites at most, of those that allocate and of those that hold the most.
const MOST: usize = 50;

/// Which sum: of a service, of a site, of a version.
type Place = (String, String, Option<String>);

pub(super) fn sites(said: &[&Answers], versions: &[Release], leaks: &[Leak]) -> Vec<Site> {
    let replicas = replicas(said);
    let allocated = sums(said, What::Sites, &replicas, |row| text(row, "version"));
    let retained = sums(said, What::Retained, &replicas, |_| None);
    let mut all: BTreeMap<(String, String), Site> = BTreeMap::new();
    let site = |service: &str, site: &str| Site {
        service: service.to_owned(),
        name: site.to_owned(),
        ..Site::default()
    };
    for ((service, name, version), sum) in allocated {
        let of = |it: &&Release| it.service == service && it.version == version;
        let instances = versions.iter().find(of).map(|it| it.instances - it.down);
        let entry = all.entry((service, name)).or_insert_with_key(|(a, b)| site(a, b));
        entry.allocated += sum;
        let of_instance = instances.filter(|n| *n > 0).map(|n| sum / n as f64);
        entry.versions.push(SiteVersion { version, allocated: sum, of_instance });
    }
    for ((service, name, _), sum) in retained {
        let entry = all.entry((service, name)).or_insert_with_key(|(a, b)| site(a, b));
        entry.retained = Some(sum);
    }
    let mut all: Vec<Site> = all.into_values().collect();
    for site in &mut all {
        let same = |leak: &Leak| leak.service == site.service && leak.site == site.name;
        site.is_leaking = leaks.iter().any(|leak| leak.now > 0 && same(leak));
    }
    top(all)
}

/// The first by bytes allocated, and what retains the most beside them.
fn top(mut all: Vec<Site>) -> Vec<Site> {
    all.sort_by(|a, b| b.retained.unwrap_or(0.0).total_cmp(&a.retained.unwrap_or(0.0)));
    let keep: BTreeSet<(String, String)> = all
        .iter()
        .filter(|site| site.retained > Some(0.0))
        .take(MOST)
        .map(|site| (site.service.clone(), site.name.clone()))
        .collect();
    all.sort_by(|a, b| b.allocated.total_cmp(&a.allocated));
    let mut place = 0;
    all.retain(|site| {
        place += 1;
        let keeps = keep.contains(&(site.service.clone(), site.name.clone()));
        place <= MOST || keeps || site.is_leaking
    });
    all
}

/// The services of each address whose instances an earlier address tells of too.
fn replicas(said: &[&Answers]) -> Vec<BTreeSet<String>> {
    let mut known = BTreeSet::new();
    let mut all = Vec::new();
    for answers in said {
        let rows = answers.rows(What::Programs);
        let own: Vec<(String, String)> =
            rows.iter().map(|row| (service(row), row.label("instance").to_owned())).collect();
        let again = own.iter().filter(|name| known.contains(*name));
        all.push(again.map(|(service, _)| service.clone()).collect());
        known.extend(own);
    }
    all
}

fn sums(
    said: &[&Answers],
    what: What,
    replicas: &[BTreeSet<String>],
    version: impl Fn(&Row) -> Option<String>,
) -> BTreeMap<Place, f64> {
    let mut all = BTreeMap::new();
    for (answers, again) in said.iter().zip(replicas) {
        // Two jobs may scrape one service: their sums are of one address.
        let mut own: BTreeMap<Place, f64> = BTreeMap::new();
        for row in answers.rows(what) {
            let place = (service(row), row.label("site").to_owned(), version(row));
            *own.entry(place).or_default() += row.value;
        }
        for (place, sum) in own {
            let is_again = again.contains(&place.0);
            let entry = all.entry(place).or_insert(0.0);
            *entry = if is_again { sum.max(*entry) } else { *entry + sum };
        }
    }
    all
}
