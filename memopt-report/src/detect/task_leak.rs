//! Tasks that begin and never end: a site whose live tasks only grow.
//!
//! # The rule
//!
//! Over at least [`TASK_READINGS`](limits::TASK_READINGS) readings that span
//! [`TASK_SPAN_NS`](limits::TASK_SPAN_NS), all must hold:
//!
//! 1. the number of live tasks never fell from one point to the next, the fewest in between
//!    included: a burst that drains falls;
//! 2. it grew by [`TASK_GROWTH`](limits::TASK_GROWTH) tasks and by
//!    [`TASK_GROWTH_SHARE`](limits::TASK_GROWTH_SHARE) of what it was: a steady pool does neither;
//! 3. at least [`TASK_LATE`](limits::TASK_LATE) of the growth came in the second half of the
//!    points, and some in the last quarter: a warm-up is over by then;
//! 4. of the tasks that were alive in the middle, [`TASK_STILL_LIVE`](limits::TASK_STILL_LIVE)
//!    still are: where tasks end, but others begin faster, it is load and no leak.
//!
//! With readings at even distances, points are so too. A server whose long-lived connections still
//! come in is the case it cannot tell from a leak before they stop coming.

use super::evidence::Evidence;
use super::finding::{Finding, Severity};
use super::findings::Findings;
use super::limits;
use crate::label::{clean, shorten};
use crate::{Concurrency, TaskPoint, TaskSite, units};

const CODE: &str = "memopt::task-leak";

impl Concurrency {
    /// Sites whose tasks begin and do not end, most tasks first. Prints as other findings do.
    ///
    /// It needs at least 8 readings over 10 s. A site is named if the number of its live tasks
    /// never fell, grew by half and by at least 16, and is still growing, and if nine in ten of the
    /// tasks that were alive halfway are alive now.
    ///
    /// # Limits
    ///
    /// It judges the readings alone, so read regularly.
    pub fn findings(&self) -> Findings {
        let all = self.live_tasks();
        let mut findings: Vec<Finding> =
            self.tasks.iter().filter_map(|site| check(site, all)).collect();
        findings.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.site.cmp(&b.site)));
        Findings::of_tasks(self.status, findings)
    }
}

/// What the history of a site that leaks says.
struct Growth {
    first: TaskPoint,
    middle: TaskPoint,
    last: TaskPoint,
}

fn growth(history: &[TaskPoint]) -> Option<Growth> {
    if history.len() < limits::TASK_READINGS {
        return None;
    }
    let at = |quarters: usize| history[(history.len() - 1) * quarters / 4];
    let (first, middle, late, last) = (at(0), at(2), at(3), at(4));
    let fell = history.windows(2).any(|pair| pair[1].low < pair[0].live);
    if fell || last.at_ns.saturating_sub(first.at_ns) < limits::TASK_SPAN_NS {
        return None;
    }
    let grown = last.live.saturating_sub(first.live);
    let enough = grown >= limits::TASK_GROWTH
        && grown as f64 >= limits::TASK_GROWTH_SHARE * first.live as f64;
    let lately = last.live.saturating_sub(middle.live) as f64 >= limits::TASK_LATE * grown as f64
        && last.live > late.live;
    let stay =
        middle.live > 0 && middle.still_live as f64 >= limits::TASK_STILL_LIVE * middle.live as f64;
    (enough && lately && stay).then_some(Growth { first, middle, last })
}

fn check(site: &TaskSite, all: u64) -> Option<Finding> {
    let Growth { first, middle, last } = growth(&site.history)?;
    let span_ns = last.at_ns - first.at_ns;
    let mut evidence = vec![
        Evidence::TasksRose {
            points: site.history.len() as u64,
            span_ns,
            first: first.live,
            middle: middle.live,
            last: last.live,
        },
        Evidence::TasksStillAlive {
            alive: middle.still_live,
            of: middle.live,
            oldest_ns: site.age_max_ns,
            median_ns: site.age_median_ns,
        },
        Evidence::TasksHold {
            held_bytes: site.held_bytes,
            future_bytes: site.future_bytes,
            completed: site.completed,
            cancelled: site.cancelled,
        },
    ];
    if let Some(most) = site.waiting.first() {
        let site = most.scopes.last().cloned().unwrap_or_default();
        evidence.push(Evidence::TasksWait { tasks: most.tasks, site });
    }
    let mut finding = Finding::new(CODE, &site.site).at(&site.file, site.line, site.column);
    finding.manifest_dir.clone_from(&site.manifest_dir);
    finding.severity = Severity::Warning;
    finding.title = format!(
        "tasks of `{}` begin and do not end: {} more in {}",
        shorten(&clean(&site.site), 32),
        units::count(last.live.saturating_sub(first.live)),
        units::duration(span_ns as f64)
    );
    finding.label = format!("{} alive", units::counted(last.live, "task"));
    finding.evidence = evidence;
    "look at what they wait for: a channel whose sender is kept or never sends, a lock, a peer \
     that never answers. Give the wait a timeout, or end the tasks with what they serve \
     (`JoinSet`, a cancellation token, `abort`)"
        .clone_into(&mut finding.help);
    finding.share = if all == 0 { 0.0 } else { last.live as f64 / all as f64 };
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Status;

    const SECOND: u64 = 1_000_000_000;

    /// Readings five seconds apart; `still` of the tasks at each are alive at the end.
    fn profile(live: &[u64], still: impl Fn(u64) -> u64) -> Concurrency {
        let mut profile = Concurrency::empty(Status::Counting);
        let point = |(i, &live): (usize, &u64)| TaskPoint {
            at_ns: i as u64 * 5 * SECOND,
            live,
            low: live,
            still_live: still(live),
        };
        profile.tasks.push(TaskSite {
            site: "app::watch".into(),
            file: "src/gone.rs".into(),
            line: 3,
            column: 1,
            live: live[live.len() - 1],
            held_bytes: 1 << 20,
            history: live.iter().enumerate().map(point).collect(),
            ..TaskSite::default()
        });
        profile
    }

    fn speaks(live: &[u64]) -> bool {
        !profile(live, |live| live).findings().is_empty()
    }

    #[test]
    fn a_leak_is_told_with_its_evidence() {
        let findings = profile(&[0, 10, 20, 30, 40, 50, 60, 70, 80], |live| live).findings();
        let [finding] = &findings[..] else { panic!("one finding, not {findings:?}") };
        assert_eq!((finding.code.as_str(), finding.share), ("memopt::task-leak", 1.0));
        assert_eq!(finding.title, "tasks of `app::watch` begin and do not end: 80 more in 40.0 s");
        let text = finding.to_string();
        assert!(
            text.contains(
                "their number never fell in 9 readings over 40.0 s: 0 at first, 40 in the middle"
            ),
            "{text}"
        );
        assert!(text.contains("--> src/gone.rs:3:1"), "{text}");
    }

    #[test]
    fn a_leak_on_top_of_a_pool_and_one_with_pauses_are_told() {
        assert!(speaks(&[100, 110, 120, 130, 140, 150, 160, 170, 180]));
        assert!(speaks(&[0, 20, 20, 40, 40, 60, 60, 80, 80, 100]));
    }

    #[test]
    fn a_steady_pool_is_not() {
        assert!(!speaks(&[64; 20]));
        assert!(!speaks(&[0, 64, 64, 64, 64, 64, 64, 64, 64]));
        // A pool of a thousand that takes in a few more.
        assert!(!speaks(&[1000, 1010, 1020, 1030, 1040, 1050, 1060, 1070, 1080]));
    }

    #[test]
    fn a_warm_up_is_not() {
        assert!(!speaks(&[0, 100, 180, 230, 260, 270, 275, 277, 278, 278, 278]));
        assert!(!speaks(&[0, 20, 40, 60, 80, 100, 100, 100, 100, 100, 100]));
    }

    #[test]
    fn a_burst_that_drains_is_not() {
        assert!(!speaks(&[0, 100, 200, 300, 400, 500, 600, 700, 690, 300, 0]));
        assert!(!speaks(&[0, 500, 0, 600, 0, 700, 0, 800, 0, 900]));
        // It drained between two readings that were merged into one point.
        let mut profile = profile(&[0, 10, 20, 30, 40, 50, 60, 70, 80], |live| live);
        profile.tasks[0].history[5].low = 0;
        assert!(profile.findings().is_empty());
    }

    #[test]
    fn load_whose_tasks_end_is_not() {
        // As many more, but none of those in the middle is alive.
        assert!(profile(&[0, 10, 20, 30, 40, 50, 60, 70, 80], |_| 0).findings().is_empty());
    }

    #[test]
    fn too_little_is_not() {
        assert!(!speaks(&[0, 100, 200, 300, 400, 500, 600]), "seven readings");
        assert!(!speaks(&[0, 1, 2, 3, 4, 5, 6, 7, 8]), "eight tasks");
        let mut short = profile(&[0, 10, 20, 30, 40, 50, 60, 70, 80], |live| live);
        for (i, point) in short.tasks[0].history.iter_mut().enumerate() {
            point.at_ns = i as u64 * SECOND;
        }
        assert!(short.findings().is_empty(), "eight seconds");
    }
}
