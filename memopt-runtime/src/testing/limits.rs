//! `#[memopt::test]`: a test that fails when it allocates more than it says.

use super::at_exit::say;
use super::harness::Harness;
use super::leaks;
use super::unnamed::unnamed;
use super::worst::worst;
use crate::report::units::counted;
use crate::report::{Report, SiteReport, Status};
use crate::{Recording, heap, record, record_async};
use std::fmt::Write as _;
use std::future::Future;

/// What a test may use.
#[derive(Clone, Copy, Debug)]
pub struct TestLimits {
    /// Blocks allocated.
    pub max_allocs: Option<u64>,
    /// Bytes allocated.
    pub max_bytes: Option<u64>,
    /// Highest live bytes above the start, on the test's own thread.
    pub max_peak: Option<u64>,
    /// Nothing allocated may be left.
    pub no_leaks: bool,
    /// But for what these sites allocated.
    pub may_leak: &'static [&'static str],
}

impl TestLimits {
    /// No limit but the budgets of the sites.
    pub const NONE: Self =
        Self { max_allocs: None, max_bytes: None, max_peak: None, no_leaks: false, may_leak: &[] };

    /// Tracks every block where those left are to be named, whatever part was tracked before.
    fn prepare(self) -> Prepared {
        if self.no_leaks && !heap::is_exact() {
            // Where it cannot be, what is left is told by the counts.
            // Without stacks blocks are named by site alone.
            let _ = heap::start_exact_with_stacks().or_else(|_| heap::start_exact());
        }
        Prepared { lost: heap::lost(), harness: Harness::prepare() }
    }
}

/// What there was before a test began.
struct Prepared {
    /// Blocks that found no room in the tables.
    lost: u64,
    harness: Harness,
}

/// Runs a test's body and fails it where a limit or a site's budget was broken.
///
/// # Panics
///
/// With the sites that broke the limits; that is how a test fails.
#[track_caller]
pub fn run_test<R>(name: &str, limits: TestLimits, body: impl FnOnce() -> R) -> R {
    let prepared = limits.prepare();
    let recording = record(body);
    check(name, limits, recording, &prepared)
}

/// As [`run_test`], for an async test.
///
/// # Panics
///
/// With the sites that broke the limits; that is how a test fails.
pub async fn run_test_async<R>(name: &str, limits: TestLimits, body: impl Future<Output = R>) -> R {
    let prepared = limits.prepare();
    let recording = record_async(body).await;
    check(name, limits, recording, &prepared)
}

#[track_caller]
fn check<R>(name: &str, limits: TestLimits, recording: Recording<R>, prepared: &Prepared) -> R {
    let Recording { value, mut report, peak_bytes, left } = recording;
    let lost = heap::lost() - prepared.lost;
    if limits.no_leaks {
        report = leaks::settled(report, limits.may_leak, || left.now());
    }
    let mut failures = failures(limits, &report, peak_bytes, lost);
    let unnamed = unnamed(&report, limits.may_leak);
    if failures.is_empty() {
        for text in unnamed {
            say(&format!("note: in `no_leaks(except(..))` of `{name}`: {text}"));
        }
    } else {
        failures.extend(unnamed.into_iter().map(|text| format!("  no_leaks: {text}")));
        failures.extend(prepared.harness.not_counted());
        panic!("`{name}` broke its memory limits\n{}", failures.join("\n"));
    }
    value
}

/// What a site has of something.
type Figure = fn(&SiteReport) -> u64;

/// One text for each limit broken; `lost` blocks could not be sampled meanwhile.
fn failures(limits: TestLimits, report: &Report, peak: u64, lost: u64) -> Vec<String> {
    match report.status() {
        Status::Counting => {}
        // Built without tracking the limits are off with everything else.
        Status::Off => return Vec::new(),
        unknown => {
            return vec![format!(
                "  the limits cannot be checked: {}",
                unknown.notice().unwrap_or_default().replace('\n', "\n  ")
            )];
        }
    }
    let total = report.total();
    let mut failures = Vec::new();
    // The peaks of sites do not add up to the test's.
    let mut over = |what: &str, limit: Option<u64>, actual: u64, adds_up: bool, by: Figure| {
        if let Some(limit) = limit.filter(|limit| actual > *limit) {
            let worst = worst(report, adds_up.then_some(actual), by);
            failures.push(format!("  {what}: limit {limit}, actual {actual}{worst}"));
        }
    };
    over("max_allocs", limits.max_allocs, total.allocs, true, |site| site.own.allocs);
    over("max_bytes", limits.max_bytes, total.bytes, true, |site| site.own.bytes);
    over("max_peak", limits.max_peak, peak, false, |site| site.peak.max());
    if limits.no_leaks {
        failures.extend(leaks::failure(report, limits.may_leak, lost));
    }
    failures.extend(report.sites().iter().filter_map(over_budget));
    failures
}

/// The limits a site broke; the histograms know the worst call.
fn over_budget(site: &SiteReport) -> Option<String> {
    let budget = site.budget.filter(|budget| budget.exceeded > 0)?;
    let mut text = format!(
        "  budget of `{}` ({}:{}:{}): exceeded by {} of {}",
        site.name,
        site.file,
        site.line,
        site.column,
        budget.exceeded,
        counted(site.calls, "call")
    );
    let limits = [
        ("allocs", budget.max_allocs, site.allocs.max()),
        ("bytes", budget.max_bytes, site.bytes.max()),
        ("peak", budget.max_peak, site.peak.max()),
        ("retained", budget.max_retained, site.retained.max()),
    ];
    for (what, limit, actual) in limits {
        if let Some(limit) = limit.filter(|limit| actual > *limit) {
            let _ = write!(text, "\n    {what}: limit {limit}, actual {actual}");
        }
    }
    Some(text)
}
