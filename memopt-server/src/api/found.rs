//! What was found: in the sites, in the heap, in the series.

mod changed;
mod courses;
mod findings;
mod leaks;
mod series;

pub(super) use self::changed::{__path_changed, changed};
pub(super) use self::courses::{
    __path_forecast, __path_patterns, __path_trends, forecast, patterns, trends,
};
pub(super) use self::findings::{
    __path_findings, __path_recommendations, findings, recommendations,
};
pub(crate) use self::findings::{EditItem, FindingItem};
pub(crate) use self::leaks::LeakItem;
pub(super) use self::leaks::{__path_leaks, leaks};
pub(super) use self::series::{__path_anomalies, __path_risk, anomalies, risk};

use serde::Serialize;
use utoipa::ToSchema;

/// A series.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SeriesName {
    pub(crate) metric: String,
    /// The value of its label; null for the process.
    pub(crate) label: Option<String>,
}

impl SeriesName {
    pub(crate) fn of(key: &memopt_monitor::series::Key) -> Self {
        Self {
            metric: key.metric.to_string(),
            label: key.label.as_ref().map(|(_, value)| value.to_string()),
        }
    }
}
