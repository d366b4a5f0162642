//! What the risk is made of.

use super::{Found, Look};
use crate::analysis::leak;
use crate::analysis::patterns;
use crate::analysis::risk::{self, Inputs, Risk};
use crate::history::Window;
use crate::metric::Metric;
use crate::series::Key;
use crate::source::{allocator, pressure, process, tasks};
use memopt_report::leak::LeakKind;
use std::time::Duration;

/// What the rate of faults is taken over, and three intervals at least.
const MINUTE: Duration = Duration::from_secs(60);

/// The risk of now. What is not known is no factor.
pub(super) fn assess(look: &Look<'_>, found: &Found) -> Risk {
    let now = |metric: Metric| look.frame.get(&Key::new(metric.name));
    let limit = look.limit.as_ref().ok();
    let used = limit.and_then(|limit| Some((look.frame.get(&limit.used)?, limit.bytes as f64)));
    // Every verdict counts with its confidence, also where that is not enough for an alert.
    let leak = (found.verdicts.snapshots_missing() == 0).then(|| {
        let leaks = found.verdicts.iter().filter(|one| one.kind == LeakKind::Leak);
        leaks.map(|leak| leak.confidence).fold(0.0, f64::max)
    });
    let anomaly = found.anomalies.iter().map(|one| one.score).reduce(f64::max);
    let window = Window::Last(MINUTE.max(look.interval.saturating_mul(3)));
    let faults = look.history.series(&Key::new(process::MAJOR_FAULTS.name), window);
    let faults = faults.rate(look.stale).values();
    let inputs = Inputs {
        headroom: used.map(|(used, limit)| (1.0 - used / limit).clamp(0.0, 1.0)),
        time_to_limit: found
            .time_to_limit
            .as_ref()
            .ok()
            .map(|time| time.map_or(f64::INFINITY, |time| time.as_secs_f64())),
        leak,
        anomaly,
        // Told in percent of ten seconds by the system, kept as a share.
        pressure: now(pressure::GROUP_SOME).or_else(|| now(pressure::HOST_SOME)),
        fragmentation: now(allocator::FRAGMENTATION),
        thread_growth: growth(found, process::THREADS),
        task_growth: growth(found, tasks::LIVE),
        swap: now(process::SWAPPED)
            .zip(now(process::RESIDENT))
            .map(|(out, held)| out / held.max(1.0)),
        major_faults: (!faults.is_empty())
            .then(|| faults.iter().sum::<f64>() / faults.len() as f64),
    };
    risk::assess(&inputs)
}

/// What a count that only grows grew by, as a share of what it began with.
fn growth(found: &Found, metric: Metric) -> Option<f64> {
    let course = found.courses.iter().find(|course| *course.key.metric == *metric.name)?;
    if matches!(course.leak.verdict, leak::Verdict::NotEnough { seen: 0, .. }) {
        return None;
    }
    Some(match course.patterns.first().map(|pattern| pattern.kind) {
        Some(patterns::Kind::CountGrowth { first, last }) => (last - first) / first.max(1.0),
        _ => 0.0,
    })
}
