//! What memopt has promised to reach, beside what was measured. The promises are in rooms by what
//! they are about.

mod allocation;
mod remedies;
mod scopes;
mod tracked;

use crate::row::Row;

/// One promise.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What is bounded.
    pub what: String,
    /// What it is held against.
    pub limit: Limit,
    /// What it was; `None` when its bench did not run.
    pub value: Option<f64>,
    /// Behind the figures.
    pub unit: &'static str,
}

/// A bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// The most it may be.
    AtMost(f64),
    /// The least it may be.
    AtLeast(f64),
}

impl Bar {
    /// A ratio that may be this much at most.
    fn ratio(what: impl Into<String>, limit: f64, value: Option<f64>) -> Self {
        Self { what: what.into(), limit: Limit::AtMost(limit), value, unit: "×" }
    }

    /// `met`, `missed`, or `not run`.
    pub fn verdict(&self) -> &'static str {
        let met = self.value.map(|value| match self.limit {
            Limit::AtMost(limit) => value <= limit,
            Limit::AtLeast(limit) => value >= limit,
        });
        match met {
            None => "not run",
            Some(true) => "met",
            Some(false) => "missed",
        }
    }
}

/// Rows by name.
struct Rows<'a>(&'a [Row]);

impl Rows<'_> {
    fn find(&self, bench: &str, subject: &str, profile: &str, threads: u64) -> Option<&Row> {
        self.0.iter().find(|row| {
            row.bench == bench
                && row.subject == subject
                && row.profile == profile
                && row.threads == threads
        })
    }

    fn memopt(&self, bench: &str, profile: &str, threads: u64) -> Option<&Row> {
        self.find(bench, "memopt", profile, threads)
    }

    /// memopt's ratio over that of another subject in the same bench.
    fn against(&self, subject: &str, bench: &str, profile: &str, threads: u64) -> Option<f64> {
        let own = self.memopt(bench, profile, threads)?.ratio;
        Some(own / self.find(bench, subject, profile, threads)?.ratio)
    }

    /// memopt's ratio over that of the fastest other subject in the same bench, those named left
    /// out.
    fn against_best(
        &self,
        without: &[&str],
        bench: &str,
        profile: &str,
        threads: u64,
    ) -> Option<f64> {
        let own = self.memopt(bench, profile, threads)?.ratio;
        let peers = self.0.iter().filter(|row| {
            row.bench == bench
                && row.profile == profile
                && row.threads == threads
                && row.subject != "memopt"
                && !without.contains(&row.subject)
        });
        Some(own / peers.map(|row| row.ratio).min_by(f64::total_cmp)?)
    }
}

/// All bars that `peers` measures.
pub fn bars(rows: &[Row]) -> Vec<Bar> {
    let rows = Rows(rows);
    let mut bars = Vec::new();
    allocation::add(&rows, &mut bars);
    scopes::add(&rows, &mut bars);
    remedies::add(&rows, &mut bars);
    tracked::add(&rows, &mut bars);
    bars
}

#[cfg(test)]
mod tests {
    use super::{Row, bars};

    fn row(subject: &'static str, nanoseconds: f64) -> Row {
        Row::new("scope_arena_box1000", subject, "lto", 1, &[(nanoseconds, 10.0)]).unwrap()
    }

    #[test]
    fn a_peer_that_is_not_the_baseline_is_compared_by_the_quotient_of_ratios() {
        let rows = [row("system", 10.0), row("mimalloc", 5.0), row("memopt", 3.0)];
        let bars = bars(&rows);
        let find = |peer: &str| {
            let what = format!("scope_arena_box1000, 1 threads: against {peer}");
            bars.iter().find(|bar| bar.what == what).unwrap()
        };
        assert_eq!((find("system").value, find("system").verdict()), (Some(0.3), "met"));
        assert_eq!((find("mimalloc").value, find("mimalloc").verdict()), (Some(0.6), "met"));
    }

    #[test]
    fn a_bench_that_did_not_run_has_no_verdict() {
        assert!(bars(&[]).iter().all(|bar| bar.verdict() == "not run"));
    }
}
