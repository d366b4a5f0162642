//! What is told of the fleet.

use super::used;
use crate::fleet::{Address, Alert, Leak, LeakAt, Program, Release, Site};
use serde::Serialize;
use utoipa::ToSchema;

/// An address of Prometheus.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AddressItem {
    address: String,
    /// What went wrong first, and what to do; null where all was answered.
    error: Option<String>,
    /// When it was asked last.
    asked_ms: Option<i64>,
    took_ms: u64,
    /// Instances that no address before it told of.
    instances: usize,
}

impl AddressItem {
    pub(super) fn of(of: &Address) -> Self {
        Self {
            address: of.url.clone(),
            error: of.error.clone(),
            asked_ms: of.at_ms,
            took_ms: of.took.as_millis() as u64,
            instances: of.programs,
        }
    }
}

/// One instance of a service.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InstanceItem {
    /// The label `service` of the scrape, or the job.
    service: String,
    /// The label `instance` of the scrape.
    instance: String,
    /// The label `version` of the scrape.
    version: Option<String>,
    /// The name that the program has for itself.
    program: Option<String>,
    memopt_version: Option<String>,
    /// It did not answer the last scrape.
    is_down: bool,
    resident_bytes: Option<f64>,
    heap_live_bytes: Option<f64>,
    allocated_bytes_per_second: Option<f64>,
    limit_bytes: Option<f64>,
    /// Share of the limit that is used, by all whom it holds.
    used_ratio: Option<f64>,
    /// Bytes a second of all its leaks.
    leak_bytes_per_second: f64,
    /// Sites that leak.
    leaks: usize,
    /// Alerts of its own monitor that fire.
    alerts: Option<f64>,
}

impl InstanceItem {
    pub(super) fn of(of: &Program) -> Self {
        Self {
            service: of.service.clone(),
            instance: of.instance.clone(),
            version: of.version.clone(),
            program: of.own_name.clone(),
            memopt_version: of.memopt_version.clone(),
            is_down: of.is_down,
            resident_bytes: of.resident,
            heap_live_bytes: of.heap_live,
            allocated_bytes_per_second: of.allocated,
            limit_bytes: of.limit,
            used_ratio: used(of),
            leak_bytes_per_second: of.leaking,
            leaks: of.leaks,
            alerts: of.alerts,
        }
    }
}

/// All instances of one version of a service.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VersionItem {
    service: String,
    /// Null where the scrape tells none.
    version: Option<String>,
    instances: usize,
    down: usize,
    /// Instances that leak.
    leaking: usize,
    /// Alerts of their own monitors that fire.
    alerts: f64,
    /// Mean of an instance.
    resident_bytes: Option<f64>,
    /// The largest of an instance.
    resident_max_bytes: Option<f64>,
    /// Mean of an instance.
    heap_live_bytes: Option<f64>,
    /// Mean of an instance.
    allocated_bytes_per_second: Option<f64>,
}

impl VersionItem {
    pub(super) fn of(of: &Release) -> Self {
        Self {
            service: of.service.clone(),
            version: of.version.clone(),
            instances: of.instances,
            down: of.down,
            leaking: of.leaking,
            alerts: of.alerts,
            resident_bytes: of.resident,
            resident_max_bytes: of.resident_max,
            heap_live_bytes: of.heap_live,
            allocated_bytes_per_second: of.allocated,
        }
    }
}

/// A site of a service, over all its instances.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FleetSite {
    service: String,
    site: String,
    allocated_bytes_per_second: f64,
    /// Allocated in it and not freed by it: what it keeps, and what it gave to its callers. Null
    /// where it is not among the sites with the most.
    retained_bytes: Option<f64>,
    is_leaking: bool,
    versions: Vec<FleetSiteVersion>,
}

/// A site in one version.
#[derive(Debug, Serialize, ToSchema)]
struct FleetSiteVersion {
    version: Option<String>,
    allocated_bytes_per_second: f64,
    /// Of one instance; null where it is not known how many there are.
    instance_bytes_per_second: Option<f64>,
}

impl FleetSite {
    pub(super) fn of(of: &Site) -> Self {
        let version = |of: &crate::fleet::SiteVersion| FleetSiteVersion {
            version: of.version.clone(),
            allocated_bytes_per_second: of.allocated,
            instance_bytes_per_second: of.of_instance,
        };
        Self {
            service: of.service.clone(),
            site: of.name.clone(),
            allocated_bytes_per_second: of.allocated,
            retained_bytes: of.retained,
            is_leaking: of.is_leaking,
            versions: of.versions.iter().map(version).collect(),
        }
    }
}

/// A site that leaks, over all instances of its service.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FleetLeak {
    service: String,
    site: String,
    /// Of all instances that leak now.
    bytes_per_second: f64,
    /// Instances that leak now; 0 where none does any longer.
    leaking: usize,
    /// The instance that leaked first within a week: to the second within the last hour, else
    /// within five minutes. Null where Prometheus does not know when it began.
    first: Option<FleetLeakAt>,
    /// Where it was seen, the first instance first.
    instances: Vec<FleetLeakAt>,
    /// Instances that are left out.
    more: usize,
}

/// A leak in one instance.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct FleetLeakAt {
    instance: String,
    version: Option<String>,
    /// Now; 0 where it leaks no longer.
    bytes_per_second: f64,
    /// When it was seen first within a week.
    since_ms: Option<i64>,
}

impl FleetLeak {
    pub(super) fn of(of: &Leak) -> Self {
        let at = |of: &LeakAt| FleetLeakAt {
            instance: of.instance.clone(),
            version: of.version.clone(),
            bytes_per_second: of.leaking,
            since_ms: of.since_ms,
        };
        let instances: Vec<FleetLeakAt> = of.instances.iter().map(at).collect();
        let first = instances.first().filter(|at| at.since_ms.is_some());
        Self {
            service: of.service.clone(),
            site: of.site.clone(),
            bytes_per_second: of.leaking,
            leaking: of.now,
            first: first.cloned(),
            instances,
            more: of.more,
        }
    }
}

/// An alert of Prometheus that fires.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FleetAlert {
    service: String,
    instance: String,
    name: String,
    severity: Option<String>,
    site: Option<String>,
}

impl FleetAlert {
    pub(super) fn of(of: &Alert) -> Self {
        Self {
            service: of.service.clone(),
            instance: of.instance.clone(),
            name: of.name.clone(),
            severity: of.severity.clone(),
            site: of.site.clone(),
        }
    }
}
