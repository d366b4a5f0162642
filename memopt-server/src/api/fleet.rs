//! The fleet, as Prometheus knows it: all instances, versions side by side, the top sites and the
//! leaks over all of them.

mod item;

use self::item::{AddressItem, FleetAlert, FleetLeak, FleetSite, InstanceItem, VersionItem};
use crate::answer::{Answer, List, Part, default_limit};
use crate::app::Shared;
use crate::extract::Query;
use crate::fleet::Program;
use crate::problem::{Problem, ProblemDocument};
use axum::extract::State;
use axum::response::Json;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use utoipa::{IntoParams, ToSchema};

/// The fleet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FleetState {
    /// When the oldest part of it was asked for; null where no address is set.
    asked_ms: Option<i64>,
    /// The addresses of Prometheus that are set, and how they fare. Empty where none is set.
    addresses: Vec<AddressItem>,
    /// Numbers of instances.
    instances: Instances,
    /// Of all instances together.
    resident_bytes: f64,
    heap_live_bytes: f64,
    allocated_bytes_per_second: f64,
    /// By service, the most instances first.
    versions: Vec<VersionItem>,
    /// The most allocating first, and those that retain the most.
    sites: Vec<FleetSite>,
    /// What leaks now first, the quickest first; then what leaked within a week.
    leaks: Vec<FleetLeak>,
    /// What Prometheus alerts of.
    alerts: Vec<FleetAlert>,
}

/// Numbers of instances.
#[derive(Debug, Serialize, ToSchema)]
struct Instances {
    total: usize,
    /// They did not answer the last scrape.
    down: usize,
    /// A site of theirs leaks.
    leaking: usize,
    /// Their own monitors alert.
    alerting: usize,
    /// Left out, because there are too many.
    dropped: usize,
}

/// All instances of all services, as Prometheus knows them
///
/// The addresses are those of the settings. They are asked when somebody looks, each once in ten
/// seconds at most.
#[utoipa::path(
    get, path = "/fleet", tag = "fleet",
    responses((status = 200, body = Answer<FleetState>), (status = 503, body = ProblemDocument)),
)]
pub(super) async fn fleet(State(app): State<Shared>) -> Result<Json<Answer<FleetState>>, Problem> {
    let told = app.fleet.told().await?;
    let fleet = &told.fleet;
    let count = |is: fn(&Program) -> bool| fleet.programs.iter().filter(|it| is(it)).count();
    let sum = |of: fn(&Program) -> Option<f64>| fleet.programs.iter().filter_map(of).sum();
    let state = FleetState {
        asked_ms: told.at_ms,
        addresses: told.addresses.iter().map(AddressItem::of).collect(),
        instances: Instances {
            total: fleet.programs.len(),
            down: count(|it| it.is_down),
            leaking: count(|it| it.leaks > 0),
            alerting: count(|it| it.alerts > Some(0.0)),
            dropped: fleet.dropped,
        },
        resident_bytes: sum(|it| it.resident),
        heap_live_bytes: sum(|it| it.heap_live),
        allocated_bytes_per_second: sum(|it| it.allocated),
        versions: fleet.versions.iter().map(VersionItem::of).collect(),
        sites: fleet.sites.iter().map(FleetSite::of).collect(),
        leaks: fleet.leaks.iter().map(FleetLeak::of).collect(),
        alerts: fleet.alerts.iter().map(FleetAlert::of).collect(),
    };
    Ok(Json(app.answer(state)))
}

/// By what instances are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Sort {
    /// Bytes in memory.
    #[default]
    Resident,
    /// Bytes that the program holds.
    HeapLive,
    /// Bytes allocated in a second.
    Allocated,
    /// Share of the limit in use.
    Used,
    /// Bytes a second that leak.
    Leaking,
    /// Alerts that fire.
    Alerts,
    /// Service and name.
    Name,
    /// The version.
    Version,
}

/// Which instances.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Asked {
    /// A part of the service, the name or the version, whatever the case.
    q: String,
    #[param(inline)]
    sort: Sort,
    /// `asc` or `desc`; absent: the largest first, names from a on.
    #[param(inline)]
    order: Option<Order>,
    /// So many are left out.
    offset: usize,
    /// So many are told, 1000 at most.
    #[param(maximum = 1000)]
    limit: usize,
}

/// Which end comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Order {
    /// The smallest.
    Asc,
    /// The largest.
    Desc,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            q: String::new(),
            sort: Sort::default(),
            order: None,
            offset: 0,
            limit: default_limit(),
        }
    }
}

/// The instances of the fleet, filtered, sorted and in pages
#[utoipa::path(
    get, path = "/fleet/instances", tag = "fleet", params(Asked),
    responses(
        (status = 200, body = List<InstanceItem>),
        (status = 422, body = ProblemDocument),
        (status = 503, body = ProblemDocument),
    ),
)]
pub(super) async fn instances(
    State(app): State<Shared>,
    Query(asked): Query<Asked>,
) -> Result<Json<List<InstanceItem>>, Problem> {
    let part = Part::new(asked.offset, asked.limit).check()?;
    let told = app.fleet.told().await?;
    let choose = move || {
        let chosen = choose(&told.fleet.programs, &asked);
        let total = chosen.len();
        let items = chosen.into_iter().skip(asked.offset).take(asked.limit);
        (items.map(InstanceItem::of).collect::<Vec<_>>(), total)
    };
    // Ten thousand take some milliseconds.
    let (items, total) = app.workers.short(choose).await?;
    Ok(Json(part.cut(&app.identity, items, total)))
}

fn choose<'a>(all: &'a [Program], asked: &Asked) -> Vec<&'a Program> {
    let q = asked.q.to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&q);
    let is_meant = |it: &&Program| {
        has(&it.service) || has(&it.instance) || it.version.as_deref().is_some_and(has)
    };
    let mut chosen: Vec<&Program> = all.iter().filter(is_meant).collect();
    let number = |it: &Program| match asked.sort {
        Sort::Resident => it.resident,
        Sort::HeapLive => it.heap_live,
        Sort::Allocated => it.allocated,
        Sort::Used => used(it),
        Sort::Leaking => Some(it.leaking),
        Sort::Alerts => it.alerts,
        Sort::Name | Sort::Version => None,
    };
    let is_text = matches!(asked.sort, Sort::Name | Sort::Version);
    let is_asc =
        asked.order.unwrap_or(if is_text { Order::Asc } else { Order::Desc }) == Order::Asc;
    chosen.sort_by(|a, b| {
        let order = match asked.sort {
            // They come in this order.
            Sort::Name => return Ordering::Equal,
            Sort::Version => a.version.cmp(&b.version),
            // What is not known is last, whichever end comes first.
            _ => match (number(a), number(b)) {
                (Some(a), Some(b)) => a.total_cmp(&b),
                (a, b) => return b.is_some().cmp(&a.is_some()),
            },
        };
        if is_asc { order } else { order.reverse() }
    });
    if asked.sort == Sort::Name && !is_asc {
        chosen.reverse();
    }
    chosen
}

/// The share of the limit that is used.
fn used(program: &Program) -> Option<f64> {
    // Others may fill the limit too. Older versions tell of the process alone.
    let used = program.limit_used.or(program.resident);
    used.zip(program.limit).filter(|(_, limit)| *limit > 0.0).map(|(used, limit)| used / limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Vec<Program> {
        let one = |instance: &str, version: &str, resident, limit| Program {
            service: "shop".to_owned(),
            instance: instance.to_owned(),
            version: Some(version.to_owned()),
            resident,
            limit,
            ..Program::default()
        };
        vec![
            one("a:1", "2.0", Some(10.0), Some(100.0)),
            one("b:1", "1.0", None, None),
            one("c:1", "2.1", Some(20.0), Some(1_000.0)),
        ]
    }

    fn names(asked: &Asked) -> Vec<String> {
        choose(&three(), asked).into_iter().map(|it| it.instance.clone()).collect()
    }

    #[test]
    fn what_others_use_of_the_limit_counts() {
        let [alone, .., mut beside] = <[Program; 3]>::try_from(three()).unwrap();
        beside.limit_used = Some(950.0);
        assert_eq!([used(&alone), used(&beside)], [Some(0.1), Some(0.95)]);
    }

    #[test]
    fn instances_are_chosen_and_sorted_and_what_is_unknown_is_last() {
        let by = |sort, order| names(&Asked { sort, order, ..Asked::default() });
        assert_eq!(by(Sort::Resident, None), ["c:1", "a:1", "b:1"]);
        assert_eq!(by(Sort::Resident, Some(Order::Asc)), ["a:1", "c:1", "b:1"]);
        assert_eq!(by(Sort::Used, None), ["a:1", "c:1", "b:1"]);
        assert_eq!(by(Sort::Name, None), ["a:1", "b:1", "c:1"]);
        assert_eq!(by(Sort::Name, Some(Order::Desc)), ["c:1", "b:1", "a:1"]);
        assert_eq!(by(Sort::Version, None), ["b:1", "a:1", "c:1"]);
        assert_eq!(names(&Asked { q: "2.".to_owned(), ..Asked::default() }), ["c:1", "a:1"]);
    }
}
