//! Two profiles of one kind compared, place by place.

use super::meta::Kind;
use super::profile::Profile;
use memopt_report::units::counted;
use memopt_report::{Concurrency, HeapReport};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

/// One place in both profiles.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Row {
    /// A site, or a chain of them.
    pub name: String,
    /// In the older profile.
    pub before: f64,
    /// In the newer profile.
    pub after: f64,
}

impl Row {
    /// How much more there is.
    pub fn grown(&self) -> f64 {
        self.after - self.before
    }
}

/// What changed from one profile to another. Its `Display` is for people.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// What both show.
    pub kind: Kind,
    /// What the figures are: live bytes, live tasks, or bytes a call.
    pub what: &'static str,
    /// Places that changed, the largest change first.
    pub rows: Vec<Row>,
    /// Places that did not change.
    pub same: usize,
    text: String,
}

impl Difference {
    /// `None` where they are of different kinds.
    pub fn between(before: &Profile, after: &Profile) -> Option<Self> {
        let kind = before.kind();
        let (what, rows, table) = match (before, after) {
            (Profile::Heap(before), Profile::Heap(after)) => {
                ("live bytes", rows(live(before), live(after)), None)
            }
            (Profile::Activity(before), Profile::Activity(after)) => {
                ("alive", rows(alive(before), alive(after)), None)
            }
            (Profile::Allocation(before), Profile::Allocation(after)) => {
                let diff = before.diff(after);
                let of = |bytes: fn(&memopt_report::SiteDiff) -> f64| {
                    diff.sites.iter().map(|site| (site.name.clone(), bytes(site))).collect()
                };
                let rows = rows(of(|site| site.bytes.before), of(|site| site.bytes.after));
                ("bytes a call", rows, Some(diff.to_string()))
            }
            _ => return None,
        };
        let all = rows.len();
        let mut rows: Vec<Row> =
            rows.into_iter().filter(|row| row.grown().abs() > f64::EPSILON).collect();
        rows.sort_by(|a, b| b.grown().abs().total_cmp(&a.grown().abs()));
        let same = all - rows.len();
        let text = table.unwrap_or_else(|| text(what, &rows, same));
        Some(Self { kind, what, rows, same, text })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

type Sums = BTreeMap<String, f64>;

fn rows(before: Sums, mut after: Sums) -> Vec<Row> {
    let both = before.into_iter().map(|(name, before)| {
        let after = after.remove(&name).unwrap_or(0.0);
        Row { name, before, after }
    });
    let mut rows: Vec<Row> = both.collect();
    rows.extend(after.into_iter().map(|(name, after)| Row { name, before: 0.0, after }));
    rows
}

/// Live bytes by the chain of sites and the function that allocated.
fn live(profile: &HeapReport) -> Sums {
    let mut sums = Sums::new();
    for path in &profile.call_paths {
        let mut name = path.scopes.join(" > ");
        if let Some(line) = profile.lines(path).next() {
            if !name.is_empty() {
                name.push_str(" > ");
            }
            name.push_str(&line.function);
        }
        if name.is_empty() {
            name.push_str("(outside every site)");
        }
        *sums.entry(name).or_default() += path.live.bytes as f64;
    }
    sums
}

/// Tasks by site, and threads by name.
fn alive(profile: &Concurrency) -> Sums {
    let mut sums = Sums::new();
    for site in &profile.tasks {
        *sums.entry(format!("tasks of {}", site.site)).or_default() += site.live as f64;
    }
    for thread in &profile.threads {
        *sums.entry(format!("threads called {:?}", thread.name)).or_default() += 1.0;
    }
    sums
}

fn text(what: &str, rows: &[Row], same: usize) -> String {
    let mut text = format!("{:>16} {:>16} {:>16}  {what}\n", "before", "after", "change");
    for row in rows {
        // Writing into a String cannot fail.
        let (before, after) = (row.before, row.after);
        let _ = writeln!(text, "{before:>16.0} {after:>16.0} {:>+16.0}  {}", row.grown(), row.name);
    }
    let _ = writeln!(text, "as much as before: {}", counted(same as u64, "place"));
    text
}
