//! What memopt has promised to reach, beside what was measured.

use crate::row::Row;

/// One promise.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What is bounded.
    pub what: String,
    /// The most it may be.
    pub limit: f64,
    /// What it was; `None` when its bench did not run.
    pub value: Option<f64>,
    /// Behind the figures.
    pub unit: &'static str,
}

impl Bar {
    /// `met`, `missed`, or `not run`.
    pub fn verdict(&self) -> &'static str {
        match self.value {
            None => "not run",
            Some(value) if value <= self.limit => "met",
            Some(_) => "missed",
        }
    }
}

/// Rows by name.
struct Rows<'a>(&'a [Row]);

impl Rows<'_> {
    fn find(&self, bench: &str, subject: &str, profile: &str, threads: u64) -> Option<&Row> {
        self.0.iter().find(|row| {
            row.bench == bench && row.subject == subject && row.profile == profile && row.threads == threads
        })
    }

    fn memopt(&self, bench: &str, profile: &str, threads: u64) -> Option<&Row> {
        self.find(bench, "memopt", profile, threads)
    }

    /// The cheapest peer's ratio.
    fn best_peer(&self, bench: &str, profile: &str, threads: u64) -> Option<f64> {
        let peers = self.0.iter().filter(|row| {
            row.bench == bench
                && row.profile == profile
                && row.threads == threads
                && !["plain", "std", "memopt"].contains(&row.subject)
        });
        peers.map(|row| row.ratio).min_by(f64::total_cmp)
    }
}

/// All bars that `peers` measures.
pub fn bars(rows: &[Row]) -> Vec<Bar> {
    let rows = Rows(rows);
    let mut bars = Vec::new();
    allocation(&rows, &mut bars);
    scopes(&rows, &mut bars);
    let ns = |bench, subject, profile| rows.find(bench, subject, profile, 1).map(|row| row.ns);
    for profile in ["check", "dev"] {
        let memopt = ns("compile1000", "memopt", profile);
        bars.push(Bar {
            what: format!("compile1000, {profile}: against tracing::instrument"),
            limit: 1.0,
            value: memopt.zip(ns("compile1000", "tracing", profile)).map(|(own, peer)| own / peer),
            unit: "×",
        });
    }
    bars
}

fn allocation(rows: &Rows<'_>, bars: &mut Vec<Bar>) {
    for (bench, profile, limit) in [
        ("alloc64", "lto", 1.06),
        ("alloc64", "release", 1.00),
        ("alloc64_in_scope", "lto", 1.12),
        ("alloc64_in_scope", "release", 1.06),
    ] {
        for threads in [1, 2] {
            let ratio = rows.memopt(bench, profile, threads).map(|row| row.ratio);
            let what = format!("{bench}, {profile}, {threads} threads");
            bars.push(Bar { what: what.clone(), limit, value: ratio, unit: "×" });
            let value = ratio.zip(rows.best_peer(bench, profile, threads)).map(|(own, peer)| own / peer);
            bars.push(Bar { what: what + ": against the best peer", limit: 1.0, value, unit: "×" });
        }
    }
    for (bench, limit) in [("alloc64", 10.0), ("alloc64_in_scope", 24.0)] {
        let instructions = |subject| rows.find(bench, subject, "lto", 1).and_then(|row| row.instructions);
        let value = instructions("memopt").zip(instructions("plain")).map(|(own, plain)| own - plain);
        bars.push(Bar { what: format!("{bench}, lto: extra instructions a pair"), limit, value, unit: "" });
    }
    let value = rows.memopt("json1m", "lto", 1).map(|row| row.ratio);
    bars.push(Bar { what: "json1m, lto".into(), limit: 1.03, value, unit: "×" });
}

fn scopes(rows: &Rows<'_>, bars: &mut Vec<Bar>) {
    for (bench, what, limit) in [
        ("scope", "one scope, one site", 12.0),
        ("scope_200", "one scope, 200 sites at random", 16.0),
        ("poll", "one poll of a future that is pending once", 15.0),
        ("poll_long", "one poll of a future that stays pending", 15.0),
    ] {
        for threads in [1, 2] {
            let value = rows.memopt(bench, "lto", threads).map(|row| row.ns);
            bars.push(Bar { what: format!("{what}, lto, {threads} threads"), limit, value, unit: " ns" });
        }
    }
    let memopt = rows.memopt("scope", "lto", 1).map(|row| row.ns);
    for (bench, what, limit) in [("scope", "full speed", 0.15), ("scope_paced", "paced", 0.4)] {
        let peer = rows.find(bench, "hotpath", "lto", 1).map(|row| row.ns);
        let value = memopt.zip(peer).map(|(own, peer)| own / peer);
        bars.push(Bar { what: format!("one scope against hotpath, {what}"), limit, value, unit: "×" });
    }
}
