//! What one Prometheus is asked, and what it said.

use super::client::{Client, Fault, Row};
use crate::answer::now_ms;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Time for one query, and for all of an address.
const QUERY: Duration = Duration::from_secs(5);
const ALL: Duration = Duration::from_secs(12);
/// What goes back a week is asked for no more often: it costs Prometheus most, and changes in steps
/// of five minutes.
const WEEK: Duration = Duration::from_secs(300);

/// A question. Programs are told apart by `service` (or `job`), `instance` and `version`, which
/// are labels of the scrape: a `version` that the program tells itself is that of memopt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Which programs there are, and which memopt they have.
    Programs,
    /// Which of them do not answer.
    Down,
    Resident,
    HeapLive,
    /// Bytes that are allocated in a second.
    Allocated,
    Limit,
    /// What the limit counts, of all whom it holds.
    LimitUsed,
    /// Alerts of the program's own monitor.
    OwnAlerts,
    /// Alerts of Prometheus.
    Alerts,
    /// Bytes that sites allocate in a second, by version.
    Sites,
    /// Bytes that sites allocated and did not free.
    Retained,
    /// What leaks now.
    Leaks,
    /// When it began, exactly for the last hour, and within five minutes for the last week.
    Began,
    BeganBefore,
}

impl What {
    pub(super) const EACH: [Self; 14] = [
        Self::Programs,
        Self::Down,
        Self::Resident,
        Self::HeapLive,
        Self::Allocated,
        Self::Limit,
        Self::LimitUsed,
        Self::OwnAlerts,
        Self::Alerts,
        Self::Sites,
        Self::Retained,
        Self::Leaks,
        Self::Began,
        Self::BeganBefore,
    ];

    /// The query. Each is bounded by what it groups by, or by `topk`.
    const fn text(self) -> &'static str {
        match self {
            Self::Programs => {
                "sum by (job, service, instance, program, version, exported_version) \
                 (memopt_build_info)"
            }
            Self::Down => "up == 0 and on (job, instance) last_over_time(memopt_build_info[1d])",
            Self::Resident => {
                "sum by (job, service, instance, version) \
                 (process_resident_memory_bytes and on (job, instance) memopt_build_info)"
            }
            Self::HeapLive => "sum by (job, service, instance) (memopt_heap_live_bytes)",
            Self::Allocated => {
                "sum by (job, service, instance) (rate(memopt_heap_allocated_bytes_total[5m]))"
            }
            Self::Limit => "max by (job, service, instance) (memopt_limit_bytes)",
            Self::LimitUsed => "max by (job, service, instance) (memopt_limit_used_bytes)",
            Self::OwnAlerts => "sum by (job, service, instance) (memopt_alerts_firing)",
            Self::Alerts => {
                "topk(200, ALERTS{alertstate=\"firing\"} and on (instance) memopt_build_info)"
            }
            Self::Sites => {
                "topk(1000, sum by (job, service, version, site) \
                 (rate(memopt_site_allocated_bytes_total{site!=\"other\"}[5m])))"
            }
            Self::Retained => {
                "topk(500, sum by (job, service, site) \
                 (memopt_site_retained_bytes{site!=\"other\"}))"
            }
            Self::Leaks => {
                "topk(5000, sum by (job, service, instance, version, site) \
                 (memopt_site_leak_bytes_per_second > 0))"
            }
            Self::Began => {
                "bottomk(1000, min by (job, service, instance, version, site) (min_over_time(\
                 (timestamp(memopt_site_leak_bytes_per_second) \
                 and (memopt_site_leak_bytes_per_second > 0))[1h:15s])))"
            }
            Self::BeganBefore => {
                "bottomk(1000, min by (job, service, instance, version, site) (min_over_time(\
                 (timestamp(memopt_site_leak_bytes_per_second) \
                 and (memopt_site_leak_bytes_per_second > 0))[7d:5m])))"
            }
        }
    }
}

/// What one address said.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// When it was asked, ms since 1970.
    pub(super) at_ms: i64,
    pub(super) took: Duration,
    /// What went wrong first.
    pub(super) error: Option<String>,
    rows: Vec<(What, Arc<[Row]>)>,
    /// When the week was asked for, ms since 1970.
    week_at_ms: i64,
}

impl Answers {
    pub(super) fn rows(&self, what: What) -> &[Row] {
        let found = self.rows.iter().find(|(asked, _)| *asked == what);
        found.map_or(&[], |(_, rows)| rows)
    }

    /// What was said of the last week, where it need not be asked for again.
    fn week(&self, now_ms: i64) -> Option<Arc<[Row]>> {
        let is_young = now_ms.saturating_sub(self.week_at_ms) < WEEK.as_millis() as i64;
        let (_, rows) = self.rows.iter().find(|(what, _)| *what == What::BeganBefore)?;
        is_young.then(|| Arc::clone(rows))
    }

    #[cfg(test)]
    pub(super) fn of(rows: Vec<(What, Vec<Row>)>) -> Self {
        let rows = rows.into_iter().map(|(what, rows)| (what, rows.into())).collect();
        Self { at_ms: 1, rows, ..Self::default() }
    }
}

/// Asks everything, until somebody is gone or the time is over; `last` is what was said before.
pub(super) fn ask(client: &Client, last: Option<&Answers>) -> Answers {
    let began = Instant::now();
    let mut answers = Answers { at_ms: now_ms(), ..Answers::default() };
    answers.week_at_ms = answers.at_ms;
    for what in What::EACH {
        if what == What::BeganBefore
            && let Some((last, rows)) = last.and_then(|it| Some((it, it.week(answers.at_ms)?)))
        {
            answers.week_at_ms = last.week_at_ms;
            answers.rows.push((what, rows));
            continue;
        }
        let left = ALL.saturating_sub(began.elapsed()).min(QUERY);
        if left.is_zero() {
            let fault = format!("not all could be asked within {} s", ALL.as_secs());
            answers.error.get_or_insert(fault);
            break;
        }
        match client.query(what.text(), left) {
            Ok(rows) => answers.rows.push((what, rows.into())),
            Err(Fault::Refused(fault)) => {
                answers.error.get_or_insert(fault);
            }
            Err(Fault::Gone(fault)) => {
                answers.error.get_or_insert(fault);
                break;
            }
        }
    }
    answers.took = began.elapsed();
    answers
}
