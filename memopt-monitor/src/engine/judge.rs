//! What the readings mean: leaks, growth, budgets, misuse, and the time that is left.
//!
//! The analyses themselves are pure functions in `analysis` and detectors in `memopt-report`. Here
//! is which of them look at what, and how often.

mod anomalies;
mod courses;
mod holders;
mod risk;

pub use self::courses::Course;

use self::anomalies::Anomalies;
use self::holders::Holders;
use crate::advice::recommend::{self, Recommendation};
use crate::alerts::{Limit, Unknown, Verdict};
use crate::analysis::forecast::Reach;
use crate::analysis::risk::Risk;
use crate::clock::Stamp;
use crate::config::Config;
use crate::history::History;
use crate::program::Program;
use crate::series::Key;
use crate::source::{Frame, heap, process};
use memopt_report::leak::{LeakKind, LeakVerdict, LeakWatch, Moment, Verdicts};
use memopt_report::{Findings, Report, units};
use std::time::Duration;

/// What is done with the whole report takes at most this part of the time of a core: 0.1 %.
///
/// PERF: with a thousand sites 64 % of the worker's time went into the report that the optimizer
/// made for itself in each analysis; it gets this one.
const REPORT_DEAREST: u32 = 1_000;
/// And it is made once in a minute at most, but where trials wait to be judged.
const REPORT_EVERY: Duration = Duration::from_secs(60);

/// An unusual value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Anomaly {
    /// Its series.
    pub key: Key,
    /// How unusual, 0 to 1; from 0.5 on an anomaly.
    pub score: f64,
    /// The model that led, and what it saw.
    pub detail: String,
}

/// All that was found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Found {
    /// When it was looked for last.
    pub at: Option<Stamp>,
    /// Leaks, by site; or why there is no verdict.
    pub leaks: Result<Vec<Verdict>, Unknown>,
    /// Threads and tasks that only grow in number.
    pub growth: Result<Vec<Verdict>, Unknown>,
    /// Sites that broke their budget.
    pub budgets: Result<Vec<Verdict>, Unknown>,
    /// Pools and caches that cost more than they save.
    pub misuse: Result<Vec<Verdict>, Unknown>,
    /// Time until memory reaches its limit.
    pub time_to_limit: Result<Option<Duration>, Unknown>,
    /// Bytes that were in use when that was forecast.
    pub(super) used_then: Option<f64>,
    /// The newest score of each series that is looked at for anomalies.
    pub anomalies: Vec<Anomaly>,
    /// The series of the process.
    pub courses: Vec<Course>,
    /// How likely memory becomes a problem, and what makes it so; none before the first look.
    pub risk: Option<Risk>,
    /// What is worth doing, the most urgent first.
    pub recommendations: Vec<Recommendation>,
    /// The leak verdicts in full.
    pub verdicts: Verdicts,
    /// What the detectors say of the sites.
    pub findings: Findings,
}

impl Default for Found {
    fn default() -> Self {
        fn not_yet<T>() -> Result<T, Unknown> {
            Err(Unknown::because("it was not looked for yet"))
        }
        Self {
            at: None,
            leaks: not_yet(),
            growth: not_yet(),
            budgets: not_yet(),
            misuse: not_yet(),
            time_to_limit: not_yet(),
            used_then: None,
            anomalies: Vec::new(),
            courses: Vec::new(),
            risk: None,
            recommendations: Vec::new(),
            verdicts: Verdicts::default(),
            findings: Findings::default(),
        }
    }
}

/// Looks at series and snapshots, and keeps what it learned.
#[derive(Debug)]
pub(super) struct Judge {
    watch: LeakWatch,
    holders: Holders,
    anomalies: Anomalies,
    /// When the whole report is due again.
    report_due_ns: u64,
    pub(super) found: Found,
}

/// What a look needs.
pub(super) struct Look<'a> {
    pub(super) at: Stamp,
    pub(super) began: Stamp,
    pub(super) history: &'a History,
    pub(super) program: &'a dyn Program,
    pub(super) config: &'a Config,
    pub(super) limit: &'a Result<Limit, Unknown>,
    /// What was read last, of metrics that are read seldom too.
    pub(super) frame: &'a Frame,
    /// The time between two readings, and a pause from which on it is a gap.
    pub(super) interval: Duration,
    pub(super) stale: Duration,
    /// The whole report, where it was due.
    pub(super) report: Option<&'a Report>,
}

impl Judge {
    /// Leaks are looked for in all of the time, and in about so much of the newest.
    pub(super) fn new(window: Duration) -> Self {
        Self {
            watch: LeakWatch::new().looking_back(window),
            holders: Holders::default(),
            anomalies: Anomalies::new(),
            report_due_ns: 0,
            found: Found::default(),
        }
    }

    /// Looks for leaks in about so much of the newest time from here on.
    pub(super) fn look_back(&mut self, window: Duration) {
        self.watch = std::mem::take(&mut self.watch).looking_back(window);
    }

    /// Takes in what earlier runs read.
    pub(super) fn learn(&mut self, history: &History, now: Stamp, gap: Duration) {
        self.anomalies.learn(history, now, gap);
    }

    /// Takes in a reading, of a program that may warm up still.
    pub(super) fn push(&mut self, frame: &Frame, gap: Duration, warms_up: bool) {
        self.found.anomalies = self.anomalies.push(frame, gap, warms_up);
    }

    /// Looks at everything once.
    pub(super) fn look(&mut self, look: &Look<'_>) {
        let holders = look.program.holders();
        self.found.at = Some(look.at);
        let counts = courses::counts(look);
        self.found.growth = courses::growth(&counts);
        self.found.courses = courses::memory(look);
        self.found.courses.extend(counts);
        self.leaks(look);
        self.found.misuse = Ok(self.holders.judge(&holders));
        if let Some(report) = look.report {
            self.found.budgets = Ok(budgets(report));
            self.found.findings = report.findings();
        }
        self.found.time_to_limit = self.time_to_limit(look);
        self.found.used_then =
            look.limit.as_ref().ok().and_then(|limit| look.frame.get(&limit.used));
        let risk = risk::assess(look, &self.found);
        self.found.recommendations = recommend::rank(&recommend::Inputs {
            findings: &self.found.findings,
            leaks: &self.found.verdicts,
            growth: resident_growth(&self.found.courses),
            risk: &risk,
            reclaimable: &holders,
        });
        self.found.risk = Some(risk);
    }

    /// Whether the whole report is due.
    pub(super) fn wants_report(&self, at: Stamp) -> bool {
        at.monotonic_ns >= self.report_due_ns
    }

    /// Takes in that a report was made and looked at, which took so long.
    pub(super) fn had_report(&mut self, at: Stamp, took: Duration, is_tried: bool) {
        let least = if is_tried { Duration::ZERO } else { REPORT_EVERY };
        let pause = (took * REPORT_DEAREST).max(least);
        self.report_due_ns = at.monotonic_ns + pause.as_nanos() as u64;
    }

    fn leaks(&mut self, look: &Look<'_>) {
        let age = look.at.since(&look.began).unwrap_or_default();
        if age < look.config.analysis.warm_up {
            self.found.leaks = Err(Unknown::because("the program warms up"));
            return;
        }
        let Some(heap) = look.program.heap() else {
            let why = "no blocks are sampled: set `profiling.heap` to `sampled`";
            self.found.leaks = Err(Unknown::because(why));
            return;
        };
        let mut moment = Moment::of(&heap).at_ns(look.at.monotonic_ns);
        if let Some(live) = look.frame.get(&Key::new(heap::LIVE.name)) {
            moment = moment.live_bytes(live as u64);
        }
        if let Some(report) = look.report {
            moment = moment.report(report);
        }
        if let Ok(limit) = look.limit {
            moment = moment.limit_bytes(limit.bytes);
        }
        self.watch.add(&heap, &moment);
        self.found.verdicts = self.watch.verdicts();
        let missing = self.found.verdicts.snapshots_missing();
        self.found.leaks = if missing > 0 {
            let missing = units::counted(missing, "snapshot");
            Err(Unknown::because(format!("not enough yet: it takes {missing} more")))
        } else {
            let least = look.config.analysis.leak_confidence.0;
            let is_leak =
                |one: &&LeakVerdict| one.kind == LeakKind::Leak && one.confidence >= least;
            Ok(self.found.verdicts.iter().filter(is_leak).map(leak_verdict).collect())
        };
    }

    /// The earliest of the courses that lead to the limit.
    fn time_to_limit(&self, look: &Look<'_>) -> Result<Option<Duration>, Unknown> {
        let limit = look.limit.as_ref().map_err(Clone::clone)?;
        let course = self.found.courses.iter().find(|course| course.key == limit.used);
        let course =
            course.ok_or_else(|| Unknown::because(format!("`{}` was not read", limit.used)))?;
        match course.reach {
            Some(Reach::Already) if course.grows() => Ok(Some(Duration::ZERO)),
            // A forecast of what does not grow is a band around what it is.
            Some(Reach::Within { likely: Some(seconds), .. }) if course.grows() => {
                Ok(Duration::try_from_secs_f64(seconds).ok())
            }
            Some(_) => Ok(course.leaks_until(look)),
            None => Err(Unknown::because(course.leak.verdict.to_string())),
        }
    }
}

/// Bytes by which the process grows in a second, if it does.
fn resident_growth(courses: &[Course]) -> Option<f64> {
    let resident = courses.iter().find(|course| *course.key.metric == *process::RESIDENT.name)?;
    resident.trend.filter(|_| resident.grows()).map(|trend| trend.slope.slope)
}

/// Sites whose calls broke the limits that they declare.
fn budgets(report: &Report) -> Vec<Verdict> {
    let broken = report.sites().iter().filter_map(|site| {
        let exceeded = site.budget.filter(|budget| budget.exceeded > 0)?.exceeded;
        Some(Verdict {
            label: "site".to_owned(),
            subject: site.name.clone(),
            score: exceeded as f64 / site.calls.max(1) as f64,
            detail: format!(
                "{exceeded} of {} broke the budget",
                units::counted(site.calls, "call")
            ),
        })
    });
    broken.collect()
}

fn leak_verdict(verdict: &LeakVerdict) -> Verdict {
    Verdict {
        label: "site".to_owned(),
        subject: verdict.site().to_owned(),
        score: verdict.confidence,
        detail: verdict.finding.title.clone(),
    }
}
