//! Two reports side by side: what each site did per call, before and after.
//!
//! Figures are per call, so that runs of different lengths compare. `pair` tells which site of one
//! report is which of the other, `table` is the text.

mod pair;
mod table;

pub use self::table::DiffTable;

use crate::{Report, SiteReport, Status, Totals};
#[cfg(feature = "json")]
use serde::{Deserialize, Serialize};

/// One quantity before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Change {
    /// In the older report.
    pub before: f64,
    /// In the newer report.
    pub after: f64,
}

impl Change {
    fn of(before: f64, after: f64) -> Self {
        Self { before, after }
    }

    /// After ÷ before; `None` where it was 0 before and is not now.
    pub fn ratio(&self) -> Option<f64> {
        match (self.before, self.after) {
            (0.0, 0.0) => Some(1.0),
            (0.0, _) => None,
            (before, after) => Some(after / before),
        }
    }

    /// Whether the quantity moved by more than the share `least` of what it was.
    pub fn exceeds(&self, least: f64) -> bool {
        (self.after - self.before).abs() > least * self.before.abs()
    }
}

/// In which of the two reports a site was entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize), serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Presence {
    /// In both.
    Both,
    /// Only in the newer one.
    New,
    /// Only in the older one.
    Gone,
}

/// What changed at one site. Where it is in one report only, the figures of the other are 0.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SiteDiff {
    /// Full name.
    pub name: String,
    /// Source file, of the newer report where it is in both.
    pub file: String,
    /// Line of the item's name.
    pub line: u32,
    /// Whether both reports have it.
    pub presence: Presence,
    /// Finished calls.
    pub calls: Change,
    /// Bytes allocated, all calls.
    pub total_bytes: Change,
    /// Bytes allocated per call, mean.
    pub bytes: Change,
    /// Blocks allocated per call, mean.
    pub allocs: Change,
    /// Bytes allocated per call by the site itself, mean.
    pub self_bytes: Change,
    /// Highest live bytes of any call.
    pub peak: Change,
    /// Bytes retained per call, mean.
    pub retained: Change,
}

impl SiteDiff {
    fn of(before: Option<&SiteReport>, after: Option<&SiteReport>) -> Option<Self> {
        let named = after.or(before)?;
        let change = |figure: fn(&SiteReport) -> f64| {
            Change::of(before.map_or(0.0, figure), after.map_or(0.0, figure))
        };
        Some(Self {
            name: named.name.clone(),
            file: named.file.clone(),
            line: named.line,
            presence: match (before, after) {
                (Some(_), Some(_)) => Presence::Both,
                (None, _) => Presence::New,
                (_, None) => Presence::Gone,
            },
            calls: change(|s| s.calls as f64),
            total_bytes: change(|s| s.inclusive.bytes as f64),
            bytes: change(|s| s.bytes.mean()),
            allocs: change(|s| s.allocs.mean()),
            self_bytes: change(|s| {
                if s.calls == 0 { 0.0 } else { s.self_bytes as f64 / s.calls as f64 }
            }),
            peak: change(|s| s.peak.max() as f64),
            retained: change(|s| s.retained.mean()),
        })
    }

    /// How many bytes the change moved: per call, times the calls of the newer report; for a new or
    /// gone site all its bytes.
    pub fn effect_bytes(&self) -> f64 {
        match self.presence {
            Presence::Both => ((self.bytes.after - self.bytes.before) * self.calls.after).abs(),
            Presence::New | Presence::Gone => self.total_bytes.after.max(self.total_bytes.before),
        }
    }
}

/// The process-wide side of a [`Diff`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Side {
    /// Whether the figures mean anything.
    pub status: Status,
    /// Time covered, ns.
    pub elapsed_ns: u64,
    /// Traffic of the whole process, or of the recording.
    pub total: Totals,
    /// Blocks of it that arenas and free lists served, without the inner allocator.
    #[cfg_attr(feature = "json", serde(default))]
    pub served: u64,
}

impl Side {
    fn of(report: &Report) -> Self {
        Self {
            status: report.status,
            elapsed_ns: report.elapsed_ns,
            total: report.total,
            served: report.served_blocks(),
        }
    }
}

/// The difference of two reports, per call. Its `Display` is a table.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Diff {
    /// The older report as a whole.
    pub before: Side,
    /// The newer report as a whole.
    pub after: Side,
    /// Every site of either, the change that moved most bytes first.
    pub sites: Vec<SiteDiff>,
}

impl Report {
    /// What changed from this report to `newer`, per call of each site.
    ///
    /// Sites are matched by name. Sites that share a name are matched by file and order in the
    /// file, so that code may move between the runs.
    pub fn diff(&self, newer: &Self) -> Diff {
        let mut sites: Vec<SiteDiff> = self
            .pair_sites(newer)
            .into_iter()
            .filter_map(|(before, after)| SiteDiff::of(before, after))
            .collect();
        sites.sort_by(|a, b| {
            b.effect_bytes().total_cmp(&a.effect_bytes()).then_with(|| a.name.cmp(&b.name))
        });
        Diff { before: Side::of(self), after: Side::of(newer), sites }
    }

    /// The sites of this report and of `newer`, each beside the one it is in the other report, by
    /// the rules of [`diff`](Self::diff).
    #[doc(hidden)]
    pub fn pair_sites<'a>(
        &'a self,
        newer: &'a Self,
    ) -> Vec<(Option<&'a SiteReport>, Option<&'a SiteReport>)> {
        pair::pairs(&self.sites, &newer.sites)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture::{self, Call};

    fn run(calls: u64, bytes: u64, allocs: u64) -> fixture::Made {
        fixture::site("app::parse").calls(calls, Call { bytes, allocs, peak: bytes, retained: 0 })
    }

    #[test]
    fn runs_of_different_length_compare_per_call() {
        let old = fixture::report(vec![run(10, 3000, 6)], 0, 0);
        let new = fixture::report(vec![run(1000, 1500, 2)], 0, 0);
        let diff = old.diff(&new);
        let site = &diff.sites[0];
        assert_eq!(site.presence, Presence::Both);
        assert_eq!(site.calls, Change::of(10.0, 1000.0));
        assert_eq!(
            (site.bytes.before, site.bytes.after, site.bytes.ratio()),
            (3000.0, 1500.0, Some(0.5))
        );
        assert_eq!(site.allocs, Change::of(6.0, 2.0));
        assert_eq!(site.effect_bytes() as u64, 1_500_000);
    }

    #[test]
    fn new_and_gone_sites_are_told() {
        let old = fixture::report(vec![fixture::site("app::old").calls(1, Call::default())], 0, 0);
        let new = fixture::report(vec![run(1, 10, 1)], 0, 0);
        let diff = old.diff(&new);
        let presence = |name: &str| diff.sites.iter().find(|s| s.name == name).unwrap().presence;
        assert_eq!(presence("app::old"), Presence::Gone);
        assert_eq!(presence("app::parse"), Presence::New);
        assert_eq!(diff.sites[0].bytes.ratio(), None);
    }

    #[test]
    fn json_round_trip() {
        let diff = fixture::sample().diff(&fixture::sample());
        let text = serde_json::to_string(&diff).unwrap();
        assert_eq!(serde_json::from_str::<Diff>(&text).unwrap(), diff);
    }
}
