//! The fleet as values.

use super::client::Row;

/// All that is known.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    /// By service and instance.
    pub(crate) programs: Vec<Program>,
    /// Programs that were left out.
    pub(crate) dropped: usize,
    /// By service, the most instances first.
    pub(crate) versions: Vec<Release>,
    /// The most allocating first.
    pub(crate) sites: Vec<Site>,
    /// What leaks now first, the quickest first.
    pub(crate) leaks: Vec<Leak>,
    /// Of Prometheus.
    pub(crate) alerts: Vec<Alert>,
}

/// One instance of a service.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Program {
    pub(crate) service: String,
    pub(crate) instance: String,
    /// The version of the service, where the scrape tells it.
    pub(crate) version: Option<String>,
    /// The name that the program has for itself.
    pub(crate) own_name: Option<String>,
    pub(crate) memopt_version: Option<String>,
    /// It did not answer the last scrape.
    pub(crate) is_down: bool,
    pub(crate) resident: Option<f64>,
    pub(crate) heap_live: Option<f64>,
    /// In a second.
    pub(crate) allocated: Option<f64>,
    pub(crate) limit: Option<f64>,
    /// What the limit counts, of all whom it holds.
    pub(crate) limit_used: Option<f64>,
    /// Bytes a second of all its leaks.
    pub(crate) leaking: f64,
    pub(crate) leaks: usize,
    /// Of its own monitor, that fire.
    pub(crate) alerts: Option<f64>,
    /// Which address told of it.
    pub(crate) source: usize,
}

/// All instances of one version of a service.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Release {
    pub(crate) service: String,
    pub(crate) version: Option<String>,
    pub(crate) instances: usize,
    pub(crate) down: usize,
    /// Instances that leak.
    pub(crate) leaking: usize,
    /// Means of an instance.
    pub(crate) resident: Option<f64>,
    pub(crate) heap_live: Option<f64>,
    pub(crate) allocated: Option<f64>,
    /// The largest of an instance.
    pub(crate) resident_max: Option<f64>,
    pub(crate) alerts: f64,
}

/// A site of a service, over all its instances.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Site {
    pub(crate) service: String,
    pub(crate) name: String,
    /// In a second.
    pub(crate) allocated: f64,
    /// Allocated in it and not freed by it; less than nothing where it frees what others allocate.
    pub(crate) retained: Option<f64>,
    pub(crate) is_leaking: bool,
    pub(crate) versions: Vec<SiteVersion>,
}

/// A site in one version.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SiteVersion {
    pub(crate) version: Option<String>,
    pub(crate) allocated: f64,
    /// Of one instance, where it is known how many there are.
    pub(crate) of_instance: Option<f64>,
}

/// A site that leaks, over all instances of its service.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Leak {
    pub(crate) service: String,
    pub(crate) site: String,
    /// Bytes a second of all instances that leak now.
    pub(crate) leaking: f64,
    /// How many leak now; none where it leaked in the last week.
    pub(crate) now: usize,
    /// Where it was seen, the first instance first, where that is known.
    pub(crate) instances: Vec<LeakAt>,
    /// Instances that are not among them.
    pub(crate) more: usize,
}

/// A leak in one instance.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LeakAt {
    pub(crate) instance: String,
    pub(crate) version: Option<String>,
    /// Now; 0 where it leaks no longer.
    pub(crate) leaking: f64,
    /// When it was seen first within a week, ms since 1970.
    pub(crate) since_ms: Option<i64>,
}

/// An alert of Prometheus that fires.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Alert {
    pub(crate) service: String,
    pub(crate) instance: String,
    pub(crate) name: String,
    pub(crate) severity: Option<String>,
    pub(crate) site: Option<String>,
}

/// The service of a row: its label, or the job that scrapes it.
pub(super) fn service(row: &Row) -> String {
    let service = row.label("service");
    (if service.is_empty() { row.label("job") } else { service }).to_owned()
}

/// A label, where there is one.
pub(super) fn text(row: &Row, label: &str) -> Option<String> {
    Some(row.label(label)).filter(|text| !text.is_empty()).map(str::to_owned)
}
