//! All tables together.

use super::section::{Section as _, paths, section};
use super::sections::alerts::Alerts;
use super::sections::collect::{Monitoring, Profiling};
use super::sections::judge::{Analysis, Optimization, Thresholds};
use super::sections::keep::{Retention, Storage};
use super::sections::rules::Rules;
use super::sections::server::Server;
use std::fmt::Write as _;

section! {
    /// All settings of the monitor. Its `Display` is TOML, without secrets.
    pub struct Config {
        /// Profiles: which blocks are sampled, and when a profile is kept.
        profiling: table Profiling = Profiling::default(),
        /// The worker: what it reads, how often, and what it may cost.
        monitoring: table Monitoring = Monitoring::default(),
        /// Limits that several parts share.
        thresholds: table Thresholds = Thresholds::default(),
        /// Trends, leaks, anomalies and forecasts.
        analysis: table Analysis = Analysis::default(),
        /// Changes to the running program.
        optimization: table Optimization = Optimization::default(),
        /// Where history is kept.
        storage: table Storage = Storage::default(),
        /// How long history and profiles are kept. The next start takes up what changes here.
        retention: table Retention = Retention::default(),
        /// Alerts: their rules, and when and where they are sent.
        alerts: table Alerts = Alerts::default(),
        /// What the monitor does by itself.
        rules: table Rules = Rules::default(),
        /// The server, in programs with the feature `server`. Changes take effect at the next
        /// start. Tokens stand in files or in the environment, and not in this file.
        server: table Server = Server::default(),
    }
}

impl Config {
    /// The keys that are taken up by the next start only.
    const AT_START: [&str; 10] = [
        "monitoring.enabled",
        "monitoring.instance",
        "monitoring.program",
        "monitoring.slow_interval",
        "monitoring.stale_after",
        "monitoring.top",
        "monitoring.version",
        "monitoring.without",
        "storage.memory",
        "storage.path",
    ];
    /// The tables of which all keys are.
    const TABLES_AT_START: [&str; 2] = ["retention.", "server."];

    /// Whether a setting is taken up by the next start only.
    pub fn is_at_start(path: &str) -> bool {
        Self::AT_START.contains(&path)
            || Self::TABLES_AT_START.iter().any(|table| path.starts_with(table))
    }

    /// Each value as TOML, with its path, without secrets; none where it is unset.
    pub fn values(&self) -> Vec<(String, Option<String>)> {
        let mut values = Vec::new();
        self.show("", &mut values);
        values
    }

    /// The paths of all values that a single text can set: `monitoring.interval`.
    pub fn paths() -> Vec<String> {
        let mut all = Vec::new();
        paths(&Self::fields(), "", &mut all);
        all
    }

    /// The paths that differ between two configurations.
    pub(super) fn differences(&self, other: &Self) -> Vec<String> {
        let (mine, theirs) = (self.values(), other.values());
        let mut paths: Vec<String> = mine
            .iter()
            .filter(|value| !theirs.contains(value))
            .chain(theirs.iter().filter(|value| !mine.contains(value)))
            .map(|(path, _)| path.clone())
            .collect();
        paths.sort();
        paths.dedup();
        if paths.is_empty() && self != other {
            // Secrets look all alike.
            paths.push("a secret".to_owned());
        }
        paths
    }
}

impl std::fmt::Display for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut open = String::new();
        let mut out = String::new();
        for (path, value) in self.values() {
            let Some(value) = value else { continue };
            let (table, key) = path.rsplit_once('.').unwrap_or(("", &path));
            if table != open {
                let header = header(table);
                let blank = if out.is_empty() { "" } else { "\n" };
                // Writing into a String cannot fail.
                let _ = write!(out, "{blank}{header}");
                table.clone_into(&mut open);
            }
            let _ = writeln!(out, "{key} = {value}");
        }
        f.write_str(&out)
    }
}

/// The header of a table: `[alerts]`, and `[[rules.rules.actions]]` for
/// `rules.rules[0].actions[2]`.
fn header(table: &str) -> String {
    let plain: String =
        table.split('[').map(|part| part.split_once(']').map_or(part, |p| p.1)).collect();
    if table.ends_with(']') { format!("[[{plain}]]\n") } else { format!("[{plain}]\n") }
}
