//! What the server tells: the members that are shown, each with a value where it is missing.

use serde::Deserialize;

/// A list of the API.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct List<T> {
    /// What it lists.
    pub(crate) items: Vec<T>,
}

/// The list of sites.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SiteList {
    pub(crate) items: Vec<Site>,
    /// When the figures were read: the server gives out the same for a while.
    pub(crate) made_ms: i64,
}

/// Who is asked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Health {
    pub(crate) pid: u32,
    pub(crate) program: String,
}

/// The overview.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Status {
    pub(crate) started_ms: i64,
    pub(crate) uptime_ms: u64,
    pub(crate) resident_bytes: Option<f64>,
    pub(crate) heap_live_bytes: Option<f64>,
    pub(crate) threads: Option<f64>,
    pub(crate) tasks: Option<f64>,
    pub(crate) allocated_bytes_per_second: Option<f64>,
    pub(crate) limit: Option<Limit>,
    pub(crate) pressure: Option<String>,
    pub(crate) risk: Option<Risk>,
    pub(crate) time_to_limit_seconds: Option<f64>,
    pub(crate) alerts: AlertCounts,
    pub(crate) findings: Option<f64>,
    pub(crate) leaks: Option<f64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Limit {
    pub(crate) bytes: f64,
    pub(crate) used_ratio: Option<f64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Risk {
    pub(crate) level: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AlertCounts {
    pub(crate) firing: u64,
    pub(crate) pending: u64,
}

/// A site.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Site {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) calls: f64,
    pub(crate) open: f64,
    pub(crate) bytes: f64,
    pub(crate) allocs: f64,
    pub(crate) self_bytes: f64,
    pub(crate) live_bytes: Option<f64>,
    pub(crate) reallocs: f64,
    pub(crate) bytes_per_call: PerCall,
    pub(crate) peak_per_call: PerCall,
    pub(crate) retained_per_call: PerCall,
    pub(crate) findings: u64,
    pub(crate) leaks: bool,
    /// Bytes a second between the last two readings that the server made; found here.
    #[serde(skip)]
    pub(crate) rate: Option<f64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PerCall {
    pub(crate) mean: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

/// A thread.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Thread {
    pub(crate) name: String,
    pub(crate) state: Option<String>,
    pub(crate) allocated_bytes: Option<f64>,
    pub(crate) live_bytes: Option<f64>,
    pub(crate) bytes_per_second: Option<f64>,
    pub(crate) scopes: Vec<String>,
}

/// The tasks of one site.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Task {
    pub(crate) site: String,
    pub(crate) live: f64,
    pub(crate) running: f64,
    pub(crate) age_median_ms: Option<f64>,
    pub(crate) held_bytes: Option<f64>,
    pub(crate) completed: f64,
    pub(crate) cancelled: f64,
}

/// An alert.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Alert {
    pub(crate) rule: String,
    pub(crate) severity: String,
    pub(crate) state: String,
    pub(crate) subject: Option<String>,
    pub(crate) annotations: std::collections::BTreeMap<String, String>,
}

/// A finding.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Finding {
    pub(crate) code: String,
    pub(crate) site: String,
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) title: String,
    pub(crate) help: String,
    pub(crate) evidence: Vec<String>,
    pub(crate) worth_ratio: Option<f64>,
}
